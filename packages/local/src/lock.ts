import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, unwritable, UserError } from './options.ts'

const ATTEMPTS = 20

/**
 * Takes the lock file of a data directory, which holds the pid of its holder; one that a dead process left is taken over.
 * Answers with how to give it back. @throws UserError when another process holds it, or it cannot be written
 */
export function takeLock(path: string): () => void {
  const file = join(path, 'lock')
  // Linked into place with the pid in it: nobody ever reads a lock that does not say whose it is.
  const own = `${file}.${process.pid}`
  try {
    writeFileSync(own, String(process.pid))
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (linked(own, file)) return () => rmSync(file, { force: true })
      const holder = holderOf(file)
      if (holder === undefined) continue
      if (isAlive(holder))
        throw new UserError(
          `Wellgate already runs on ${path} (pid ${holder}): stop it, or use another --data-dir and --port; where pid ${holder} is another program, delete ${file}`,
        )
      takeAway(file, `${own}.old`, holder)
    }
  } catch (error) {
    throw error instanceof UserError ? error : unwritable(path, error)
  } finally {
    rmSync(own, { force: true })
  }
  throw new UserError(`cannot take the lock ${file}: delete it if nothing runs on ${path}`)
}

function linked(own: string, file: string): boolean {
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Undefined where it was given back meanwhile; 0 where it holds no pid. */
function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || 0
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Removes the lock of a dead process; where another was quicker, its lock is put back. */
function takeAway(file: string, aside: string, dead: number): void {
  try {
    renameSync(file, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if (holderOf(aside) !== dead) linked(aside, file)
  rmSync(aside, { force: true })
}

function isAlive(pid: number): boolean {
  if (pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

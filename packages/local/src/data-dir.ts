import { removeDataDir } from '@wellgate/shared/testing/postgres-host'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { UserError } from './options.ts'

/** Passwords and ids of this installation, made once and kept 0600 in the data directory. */
export interface Secrets {
  readonly deployment: string
  readonly postgresPassword: string
  /** One password for each database role and demo account, by name. */
  readonly passwords: Record<string, string>
}

export interface DataDir {
  readonly path: string
  readonly postgres: string
  readonly keys: string
  readonly logs: string
  readonly secrets: Secrets
  /** The password kept under a name, made on first use. */
  password(name: string): string
  release(): void
}

/** Files of a data directory; `--reset` deletes nothing that lacks them. */
const OURS = new Set([
  'lock',
  'secrets.json',
  'postgres',
  'keys',
  'logs',
  'demo.json',
  'env',
  'pids.json',
  'compile-cache',
  'kafka',
  'payment-sandbox.json',
  'test-report.json',
])

/** Takes the data directory for this process alone. @throws UserError when another copy runs on it, or it cannot be written */
export function openDataDir(path: string): DataDir {
  try {
    for (const folder of [path, join(path, 'keys'), join(path, 'logs')])
      mkdirSync(folder, { recursive: true, mode: 0o755 })
  } catch (error) {
    throw new UserError(`cannot write to ${path} (${codeOf(error)}): choose another folder with --data-dir`)
  }
  const release = lock(join(path, 'lock'), path)
  const file = join(path, 'secrets.json')
  let secrets = readSecrets(file, path)
  const save = (next: Secrets): Secrets => {
    writeFileSync(file, JSON.stringify(next, null, 2), { mode: 0o600 })
    return next
  }
  secrets ??= save({ deployment: `local-${randomBytes(4).toString('hex')}`, postgresPassword: secret(), passwords: {} })
  const kept = secrets
  return {
    path,
    postgres: join(path, 'postgres'),
    keys: join(path, 'keys'),
    logs: join(path, 'logs'),
    secrets: kept,
    password(name) {
      const known = kept.passwords[name]
      if (known) return known
      const made = secret()
      kept.passwords[name] = made
      save(kept)
      return made
    },
    release,
  }
}

/** Deletes a data directory. @throws UserError when it holds anything that is not ours, or a copy runs on it */
export function resetDataDir(path: string): void {
  if (!existsSync(path)) return
  const foreign = readdirSync(path).filter((name) => !OURS.has(name))
  if (foreign.length > 0)
    throw new UserError(
      `${path} holds files that are not Wellgate's (${foreign.slice(0, 3).join(', ')}): delete it yourself if you mean it`,
    )
  lock(join(path, 'lock'), path)()
  removeDataDir(join(path, 'postgres'))
  rmSync(path, { recursive: true, force: true })
}

/** Which process is which, for a person (or a fault test) that wants to end one. */
export function writePids(dir: DataDir, pids: Readonly<Record<string, number>>): void {
  writeFileSync(join(dir.path, 'pids.json'), `${JSON.stringify(pids, null, 2)}\n`)
}

const secret = (): string => randomBytes(18).toString('base64url')
const codeOf = (error: unknown): string => (error as { code?: string }).code ?? 'error'

function readSecrets(file: string, path: string): Secrets | undefined {
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Secrets
  } catch {
    throw new UserError(
      `${file} cannot be read: start anew with --reset, or with another --data-dir (this one is ${path})`,
    )
  }
}

/** A lock file with the holder's pid; one that a dead process left is taken over. */
function lock(file: string, path: string): () => void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(file, 'wx')
      writeSync(handle, String(process.pid))
      closeSync(handle)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST')
        throw new UserError(
          `cannot write to ${path} (${codeOf(error)}): free some space, or choose another folder with --data-dir`,
        )
      const holder = Number(readFileSync(file, 'utf8'))
      if (holder > 0 && holder !== process.pid && isAlive(holder)) {
        throw new UserError(
          `Wellgate already runs on ${path} (pid ${holder}): stop it, or use another --data-dir and --port`,
        )
      }
      rmSync(file, { force: true })
    }
  }
  throw new UserError(`cannot take the lock ${file}: delete it if nothing runs on ${path}`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

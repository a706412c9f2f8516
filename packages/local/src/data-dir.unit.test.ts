import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDataDir } from './data-dir.ts'
import { unwritable } from './options.ts'

let path: string
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'wellgate-data-dir-'))
})
afterEach(() => rmSync(path, { recursive: true, force: true }))

/** An installation that has been stopped. */
function installed(): string {
  const { secrets, release } = openDataDir(path)
  release()
  return secrets.deployment
}

describe('a data directory', () => {
  it('keeps its secrets from one start to the next', () => {
    const deployment = installed()
    expect(installed()).toBe(deployment)
    expect(readdirSync(path).toSorted()).toEqual(['keys', 'logs', 'secrets.json'])
  })

  it.each(['{', '{}', 'null', '{"deployment":"local-1","passwords":{}}'])('says so when its secrets are %s', (text) => {
    installed()
    writeFileSync(join(path, 'secrets.json'), text)
    expect(() => openDataDir(path)).toThrow('put it back, or delete all with --reset')
  })

  it('is started anew beside what our other commands write, which stays', () => {
    const deployment = installed()
    for (const name of ['sbom', 'compose', 'postgres']) {
      mkdirSync(join(path, name))
      writeFileSync(join(path, name, 'file'), name)
    }
    writeFileSync(join(path, 'test-report.json'), '{}')
    const { secrets, release } = openDataDir(path, { reset: true })
    release()
    expect(secrets.deployment).not.toBe(deployment)
    expect(existsSync(join(path, 'postgres'))).toBe(false)
    expect(readFileSync(join(path, 'compose/file'), 'utf8')).toBe('compose')
    expect(existsSync(join(path, 'sbom/file')) && existsSync(join(path, 'test-report.json'))).toBe(true)
  })

  it('is no folder of files that are not ours, and those are named', () => {
    writeFileSync(join(path, 'thesis.txt'), 'years of work')
    expect(() => openDataDir(path)).toThrow(/move or delete these \(thesis\.txt\), or choose another/)
    expect(readdirSync(path)).toEqual(['thesis.txt'])
  })

  it('goes on beside a stray file, and is not deleted with it', () => {
    const deployment = installed()
    writeFileSync(join(path, 'notes.txt'), 'mine')
    expect(installed()).toBe(deployment)
    expect(() => openDataDir(path, { reset: true })).toThrow(/move or delete these \(notes\.txt\)/)
    expect(installed()).toBe(deployment)
  })

  it('is made with the folders above it', () => {
    const deep = join(path, 'a/b/c')
    openDataDir(deep).release()
    expect(readdirSync(deep).toSorted()).toEqual(['keys', 'logs', 'secrets.json'])
  })

  it('is refused at once where no folder can be made, or a file is in its place', () => {
    expect(() => openDataDir('/proc/wellgate/data')).toThrow(
      'cannot write to /proc/wellgate (ENOENT): no folder can be made there: choose another folder with --data-dir',
    )
    writeFileSync(join(path, 'file'), '')
    expect(() => openDataDir(join(path, 'file/data'))).toThrow(/\(ENOTDIR\): there is a file in its place/)
  })

  it('says what stands in the way, as the system named it', () => {
    const said = (code: string) => unwritable('/data', Object.assign(new Error(code), { code })).message
    expect(said('EACCES')).toMatch(
      /\(EACCES\): its owner or permissions, or those of a folder above it, forbid it\. Change/,
    )
    expect(said('ENOSPC')).toMatch(/\(ENOSPC\): the disk is full/)
    expect(said('EIO')).toBe('cannot write to /data (EIO): choose another folder with --data-dir')
  })
})

describe('two at once', () => {
  it('a reset deletes nothing while another process holds the lock', () => {
    installed()
    const before = readFileSync(join(path, 'secrets.json'), 'utf8')
    // Alive for as long as this test.
    writeFileSync(join(path, 'lock'), String(process.ppid))
    expect(() => openDataDir(path, { reset: true })).toThrow(`already runs on ${path} (pid ${process.ppid})`)
    expect(readFileSync(join(path, 'secrets.json'), 'utf8')).toBe(before)
    expect(readFileSync(join(path, 'lock'), 'utf8')).toBe(String(process.ppid))
  })

  /** A process that takes the directory anew when told `go`, says what came of it, and holds it until its input ends. */
  function contender() {
    const program = `
      import { openDataDir } from ${JSON.stringify(join(import.meta.dirname, 'data-dir.ts'))}
      process.stdout.write('ready\\n')
      process.stdin.once('data', () => {
        try { process.stdout.write('took ' + openDataDir(process.argv[1], { reset: true }).secrets.deployment + '\\n') }
        catch (error) { process.stdout.write('refused ' + error.message + '\\n') }
      })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const line = async (): Promise<string> => String((await lines.next()).value)
    const ended = new Promise<void>((done) => child.once('close', () => done()))
    return { line, go: () => child.stdin.write('go\n'), end: () => (child.stdin.end(), ended) }
  }

  it.each(['of nobody', 'that a dead process left'])(
    'one resets and keeps the lock %s; the others delete nothing',
    async (lock) => {
      installed()
      if (lock !== 'of nobody') writeFileSync(join(path, 'lock'), '4194305')
      for (let file = 0; file < 200; file++) writeFileSync(join(path, 'logs', `${file}.log`), 'line\n')
      const contenders = [contender(), contender(), contender()]
      expect(await Promise.all(contenders.map(({ line }) => line()))).toEqual(['ready', 'ready', 'ready'])
      for (const { go } of contenders) go()
      const said = (await Promise.all(contenders.map(({ line }) => line()))).toSorted()
      expect(said[0]).toMatch(/^refused Wellgate already runs on/)
      expect(said[1]).toMatch(/^refused Wellgate already runs on/)
      expect(said[2]).toMatch(/^took local-/)
      const kept = JSON.parse(readFileSync(join(path, 'secrets.json'), 'utf8')) as { deployment: string }
      expect(said[2]).toBe(`took ${kept.deployment}`)
      expect(readdirSync(path).toSorted()).toEqual(['keys', 'lock', 'logs', 'secrets.json'])
      await Promise.all(contenders.map(({ end }) => end()))
    },
  )
})

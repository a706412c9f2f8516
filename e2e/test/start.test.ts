import { freePort } from '@wellgate/shared/testing/free-port'
import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeStack, startStack, until, type Stack } from '../src/stack.ts'
import { ROOT } from './sources.ts'

/** Not the default: a person who runs these tests may have `npm start` running. */
const PORT = String(await freePort())

/** `npm start` that is expected to say one line and end. */
function start(...args: string[]): { code: number | null; output: string } {
  const result = spawnSync(process.execPath, ['packages/local/src/main.ts', '--port', PORT, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  return { code: result.status, output: result.stdout + result.stderr }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const SERVICES = ['gateway', 'identity', 'patients', 'records', 'interop', 'appointments', 'postgres']

describe('a mistake at the keyboard', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wellgate-start-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([
    [['--port', 'eighty'], /--port takes a number/],
    [['--port', '0'], /--port takes a number/],
    [['--transport', 'rabbit'], /--transport takes postgres or kafka/],
    [['--transport', 'kafka'], /needs --brokers/],
    [['--brokers', 'localhost:9092'], /goes with --transport kafka/],
    [['--colour'], /--colour/],
    [['--data-dir', ''], /--data-dir takes a folder, not ""/],
  ])('%s', (args, message) => {
    const { code, output } = start('--data-dir', join(folder, 'unused'), ...args)
    expect(code).toBe(1)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/\n\s+at /)
  })

  it('a taken port', async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const { code, output } = start('--port', String(port), '--data-dir', join(folder, 'taken'))
    server.close()
    expect(code).toBe(1)
    expect(output.trim()).toBe(
      `wellgate: port ${port} is taken: stop what listens there, or choose another with --port`,
    )
  })

  it('--reset of a folder that is not ours', () => {
    writeFileSync(join(folder, 'thesis.txt'), 'years of work')
    const { code, output } = start('--reset', '--yes', '--data-dir', folder)
    expect(code).toBe(1)
    expect(output).toMatch(/files that are not Wellgate's: move or delete these \(.*thesis\.txt.*\), or choose/)
    expect(existsSync(join(folder, 'thesis.txt'))).toBe(true)
  })

  it('a first start in a folder that is not ours', () => {
    const theirs = join(folder, 'theirs')
    mkdirSync(theirs)
    writeFileSync(join(theirs, 'package.json'), '{}')
    const { code, output } = start('--data-dir', theirs)
    expect(code).toBe(1)
    expect(output).toMatch(/files that are not Wellgate's: move or delete these \(package\.json\), or choose/)
    expect(readdirSync(theirs)).toEqual(['package.json'])
  })

  it('--reset where nobody can answer', () => {
    const { code, output } = start('--reset', '--data-dir', join(folder, 'unused'))
    expect(code).toBe(1)
    expect(output).toMatch(/add --yes/)
  })

  it('a data directory that cannot be written', () => {
    const { code, output } = start('--data-dir', join(folder, 'thesis.txt', 'data'))
    expect(code).toBe(1)
    expect(output).toMatch(/cannot write to .*thesis\.txt\/data .*--data-dir/)
    expect(output).not.toMatch(/\n\s+at /)
  })
})

describe('whoever read what it says is gone, as when the terminal is closed', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'wellgate-start-'))
  afterAll(() => removeStack(dataDir))

  it('it goes on, and ends in order', async () => {
    const args = ['packages/local/src/main.ts', '--port', PORT, '--data-dir', dataDir, '--no-demo']
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] })
    const ended = new Promise<number | null>((done) => child.once('exit', done))
    await new Promise((done) => child.stdout.once('data', done))
    child.stdout.destroy()
    await until(
      60_000,
      'it has started services',
      () => existsSync(join(dataDir, 'pids.json')) || child.exitCode !== null,
    )
    child.kill('SIGHUP')
    expect(await ended).toBe(0)
    expect(existsSync(join(dataDir, 'lock'))).toBe(false)
  }, 120_000)
})

/** {@link startStack} waits as long. */
const START_MS = 120_000

describe('a running copy', () => {
  let stack: Stack
  let pids: number[]

  beforeAll(async () => {
    stack = await startStack()
  }, START_MS)
  afterAll(async () => {
    await stack?.stop().catch(() => undefined)
  }, 60_000)

  it('says what it does, and where everything is', () => {
    for (const words of [
      'starting Postgres',
      'starting identity',
      'ready: Wellgate answers on',
      '/docs',
      'front-desk',
    ]) {
      expect(stack.output()).toContain(words)
    }
    for (const { email, password } of [...stack.demo.staff, ...stack.demo.patients]) {
      expect(stack.output()).toContain(email)
      expect(stack.output()).toContain(password)
    }
  })

  it('keeps its secrets to its owner', () => {
    for (const file of ['secrets.json', 'demo.json', 'keys/records.keyring.json', 'env/records.env']) {
      expect(statSync(join(stack.dataDir, file)).mode & 0o077, file).toBe(0)
    }
  })

  it('refuses a second copy on its data directory', () => {
    const { code, output } = start('--data-dir', stack.dataDir)
    expect(code).toBe(1)
    expect(output).toMatch(/already runs on .* \(pid \d+\): stop it, or use another --data-dir/)
  })

  it('refuses a reset under it, and loses nothing', () => {
    const before = readdirSync(stack.dataDir)
    const { code, output } = start('--reset', '--yes', '--data-dir', stack.dataDir)
    expect(code).toBe(1)
    expect(output).toMatch(/already runs on .* \(pid \d+\)/)
    expect(readdirSync(stack.dataDir)).toEqual(before)
  })

  it('starts a killed service again while the others go on', async () => {
    const before = stack.pidOf('patients')
    await stack.kill('records')
    expect(stack.pidOf('patients')).toBe(before)
    const token = (await stack.portal.expect(201, 'POST', '/v1/sessions', { body: loginOf(stack) })).accessToken
    await until(30_000, 'the record is readable again', async () => {
      const { status } = await stack.portal.send('GET', '/v1/patients/me/summary', { token })
      return status === 200
    })
    expect(stack.output()).toMatch(/records ended \(SIGKILL\); starting it again/)
  })

  it(
    'leaves no process and no lock at Ctrl-C, and starts again with the same data',
    async () => {
      pids = SERVICES.map((service) => stack.pidOf(service))
      expect(await stack.stop({ keep: true })).toBe(0)
      expect(pids.filter(isAlive)).toEqual([])
      expect(existsSync(join(stack.dataDir, 'lock'))).toBe(false)

      const demo = stack.demo
      stack = await startStack({ dataDir: stack.dataDir })
      expect(stack.demo.patients).toEqual(demo.patients)
      expect(stack.demo.clinic).toEqual(demo.clinic)
      expect(stack.output()).not.toContain('importing')
      await stack.portal.expect(201, 'POST', '/v1/sessions', { body: loginOf(stack) })
    },
    START_MS,
  )

  it(
    'leaves no service behind when it is killed itself, and the next start takes over',
    async () => {
      const own = Number(readFileSync(join(stack.dataDir, 'lock'), 'utf8'))
      pids = SERVICES.map((service) => stack.pidOf(service))
      process.kill(own, 'SIGKILL')
      await until(45_000, 'every process is gone', () => !pids.some(isAlive))
      // As when the first start was cut off before the demo was whole: what is there already is made no second time.
      const { demo } = stack
      rmSync(join(stack.dataDir, 'demo.json'))
      stack = await startStack({ dataDir: stack.dataDir })
      expect({ ...stack.demo, gateway: '' }).toEqual({ ...demo, gateway: '' })
      const { accessToken: token } = await stack.portal.expect(201, 'POST', '/v1/sessions', { body: loginOf(stack) })
      for (const [path, known] of [
        ['/v1/facilities', demo.clinic?.facilities],
        ['/v1/providers', demo.clinic?.providers],
      ] as const) {
        const { items } = await stack.portal.all(path, token)
        expect(new Set(items.map(({ name }) => name))).toEqual(new Set(known?.map(({ name }) => name)))
        expect(items).toHaveLength(known?.length ?? 0)
      }
    },
    START_MS,
  )

  it('is deleted whole after a test, wherever its cluster lies', async () => {
    const cluster = realpathSync(join(stack.dataDir, 'postgres'))
    await stack.stop()
    expect(existsSync(cluster)).toBe(false)
    expect(existsSync(stack.dataDir)).toBe(false)
  }, 60_000)
})

function loginOf(stack: Stack): { email: string; password: string } {
  const [patient] = stack.demo.patients
  if (!patient) throw new Error('the demo has no patient')
  return { email: patient.email, password: patient.password }
}

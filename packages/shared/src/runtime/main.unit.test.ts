import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'

const ENTRY = fileURLToPath(new URL('../../test/contracts/runnable.child.ts', import.meta.url))
const VALID = { WELLGATE_DEPLOYMENT: 'lab', API_SECRET: 'a secret of twenty characters' }

interface Line {
  readonly level?: string
  readonly msg: string
  readonly phase?: string
  readonly signal?: string
  readonly roles?: readonly string[]
  readonly err?: { readonly name: string }
}

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function start(env: Readonly<Record<string, string>>, argv: readonly string[] = []) {
  const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const
  const child = spawn(process.execPath, [ENTRY, ...argv], { env, stdio: [...stdio] })
  children.push(child)
  const output = { out: '', err: '' }
  child.stdout?.on('data', (chunk: Buffer) => void (output.out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => void (output.err += chunk.toString()))
  // `close` does not come to a parent that has disconnected by itself.
  const closed = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'close'))
  const ended = Promise.all([once(child, 'exit'), ...closed]).then(([[code]]) => code as number | null)
  const lines = (): Line[] =>
    output.out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)
  const says = (msg: string) =>
    vi.waitFor(() => expect(lines().map((line) => line.msg)).toContain(msg), { timeout: 20_000, interval: 20 })
  return { child, output, ended, lines, says }
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

describe('a configuration that is not valid', () => {
  test('ends the process with 78 and one line for each problem, without values', async () => {
    const { ended, output } = start(
      { API_SECRET: 'hunter2', WELLGATE_HTTP_PORT: 'http', WELLGATE_LOG_LEVELS: 'info' },
      ['--roles', 'cron'],
    )
    expect(await ended).toBe(78)
    expect(output.out).toBe('')
    expect(output.err.trimEnd().split('\n')).toEqual([
      'child: --roles takes http, consumers, relay, comma-separated; not cron',
      expect.stringMatching(/^child: WELLGATE_DEPLOYMENT is missing: expected /),
      expect.stringMatching(/^child: WELLGATE_HTTP_PORT is not valid: expected /),
      expect.stringMatching(/^child: API_SECRET is not valid: expected at least 20 characters /),
      expect.stringMatching(/^child: WELLGATE_LOG_LEVELS is not known here: probably a typo of WELLGATE_LOG_LEVEL /),
    ])
    expect(output.err).not.toContain('hunter2')
  })

  test('ends it within a second, besides what the machine takes to start Node at all', async () => {
    // Asked again where others had the machine meanwhile: what is waited for inside would be waited for each time.
    await vi.waitFor(
      async () => {
        const bare = await took(() => once(spawn(process.execPath, ['-e', '0']), 'exit'))
        const refused = await took(() => start({}).ended)
        expect(refused - bare).toBeLessThan(1_000)
      },
      { timeout: 25_000 },
    )
  })

  test('is told by --check-config too', async () => {
    const { ended, output } = start({ ...VALID, WELLGATE_DEPLOYMENT: '' }, ['--check-config'])
    expect(await ended).toBe(78)
    expect(output.err).toMatch(/^child: WELLGATE_DEPLOYMENT is missing.*\n$/)
  })

  test('that only shows at the start ends the process the same way', async () => {
    const { ended, output } = start({ ...VALID, SCENARIO: 'start-refuses' })
    expect(await ended).toBe(78)
    expect(output).toEqual({ out: '', err: 'child: BROKERS is missing: needed here\n' })
  })
})

test('--check-config says that all is well, and starts nothing', async () => {
  const { ended, output } = start({ ...VALID, SCENARIO: 'start-hangs' }, ['--check-config'])
  expect(await ended).toBe(0)
  expect(output).toEqual({ out: 'child: the configuration is valid\n', err: '' })
})

test('a wrong role alone ends it with 78, naming those there are', async () => {
  const { ended, output } = start(VALID, ['--roles=http,everything'])
  expect(await ended).toBe(78)
  expect(output.err).toBe('child: --roles takes http, consumers, relay, comma-separated; not everything\n')
})

test('a start that fails ends it with 1, and the log says so', async () => {
  const { ended, lines, output } = start({ ...VALID, SCENARIO: 'start-fails' })
  expect(await ended).toBe(1)
  expect(output.out).not.toContain('Ingrid')
  expect(lines()).toMatchObject([{ level: 'error', msg: 'could not start', err: { name: 'RangeError' } }])
})

test('a start that our own code refused says why', async () => {
  const { ended, lines } = start({ ...VALID, SCENARIO: 'start-locked' })
  expect(await ended).toBe(1)
  expect(lines()).toMatchObject([{ msg: 'could not start', fields: 'Keyring keys.json is open to others' }])
})

const STOPPED = ['stopping', 'unready info', 'consumers info', 'pools info']
const stepsOf = (lines: readonly Line[]): string[] =>
  lines.flatMap(({ msg, phase, level }) => (phase ? `${phase} ${level}` : msg === 'stopping' ? msg : []))

describe.skipIf(process.platform === 'win32')('a running process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('ends its phases in order on %s, with 0', async (signal) => {
    const { child, says, ended, lines, output } = start(VALID, ['--roles', 'http,relay'])
    await says('ready')
    child.kill(signal)
    expect(await ended).toBe(0)
    expect(stepsOf(lines())).toEqual(STOPPED)
    expect(lines()[0]).toMatchObject({ msg: 'ready', roles: ['http', 'relay'], port: 8080 })
    expect(lines()[1]).toMatchObject({ msg: 'stopping', signal })
    expect(output.err).toBe('')
  })

  test('ends with 1 where a phase failed, after the others', async () => {
    const { child, says, ended, lines } = start({ ...VALID, SCENARIO: 'broken' })
    await says('ready')
    child.kill('SIGTERM')
    expect(await ended).toBe(1)
    expect(stepsOf(lines())).toEqual(['stopping', 'unready info', 'consumers warn', 'pools info'])
  })

  test('ends at once on a second signal', async () => {
    const { child, says, ended, lines } = start({ ...VALID, SCENARIO: 'stuck' })
    await says('ready')
    child.kill('SIGTERM')
    await says('shutdown phase done')
    child.kill('SIGINT')
    expect(await ended).toBe(1)
    expect(stepsOf(lines())).toEqual(['stopping', 'unready info'])
  })

  test('ends when its supervisor is gone', async () => {
    const { child, says, ended, lines } = start(VALID)
    await says('ready')
    child.disconnect()
    expect(await ended).toBe(0)
    expect(stepsOf(lines())).toEqual(STOPPED)
    expect(lines()[1]).toMatchObject({ signal: 'disconnect' })
  })

  test('goes on with its phases when the supervisor goes while it stops', async () => {
    const { child, says, ended, lines } = start({ ...VALID, SCENARIO: 'stuck' })
    await says('ready')
    child.kill('SIGTERM')
    await says('shutdown phase done')
    child.disconnect()
    const winner = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 300, 'still stopping'))])
    expect(winner).toBe('still stopping')
    expect(stepsOf(lines())).toEqual(['stopping', 'unready info'])
  })

  test('ends on a signal while it is still starting', async () => {
    const { child, says, ended } = start({ ...VALID, SCENARIO: 'start-hangs' })
    await says('hanging')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  test('goes on after a rejection that nobody handled, and logs it without its message', async () => {
    const { child, says, ended, output } = start({ ...VALID, SCENARIO: 'rejects' })
    await says('unhandled rejection')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(`${output.out}${output.err}`).not.toContain('Ingrid')
  })

  test('ends with 1 on an uncaught exception, whose message is shown nowhere', async () => {
    const { ended, lines, output } = start({ ...VALID, SCENARIO: 'throws' })
    expect(await ended).toBe(1)
    expect(lines().at(-1)).toMatchObject({ level: 'error', msg: 'uncaught exception', err: { name: 'SyntaxError' } })
    expect(`${output.out}${output.err}`).not.toContain('Ingrid')
  })
})

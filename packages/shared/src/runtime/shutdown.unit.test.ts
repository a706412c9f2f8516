import { expect, test } from 'vitest'
import { AUDIT_DEADLINE_MS } from '../audit/deadline.ts'
import { DEFAULT_TIMEOUT_MS } from '../contracts/route.ts'
import { createLogger } from '../observability/logger.ts'
import { longestRequestMs, phase, requestSidePhases } from './phases.ts'
import { runPhases } from './shutdown.ts'

interface Line {
  readonly level: string
  readonly msg: string
  readonly phase: string
  readonly ms: number
  readonly err?: { readonly name: string }
}

function setUp() {
  const lines: Line[] = []
  const done: string[] = []
  const log = createLogger({
    service: 'records',
    destination: { write: (text) => void lines.push(JSON.parse(text) as Line) },
  })
  return { log, lines, done, mark: (name: string) => phase(name, 5_000, () => void done.push(name)) }
}

const never = () => new Promise<void>(() => undefined)
const outcomes = (lines: readonly Line[]) => lines.map(({ phase: name, level }) => `${name} ${level}`)

test('phases run one after the other, and are logged in that order with their time', async () => {
  const { log, lines, done, mark } = setUp()
  const first = Promise.withResolvers<void>()
  const slow = phase('slow', 5_000, async () => {
    await first.promise
    done.push('slow')
  })
  const running = runPhases([slow, mark('next'), mark('last')], log)
  await new Promise((resolve) => void setImmediate(resolve))
  expect(done).toEqual([])
  first.resolve()
  expect(await running).toBe(true)
  expect(done).toEqual(['slow', 'next', 'last'])
  expect(outcomes(lines)).toEqual(['slow info', 'next info', 'last info'])
  for (const { msg, ms } of lines) expect({ msg, timed: ms >= 0 }).toEqual({ msg: 'shutdown phase done', timed: true })
})

test('a phase that takes too long is given up after its time, and the next runs', async () => {
  const { log, lines, done, mark } = setUp()
  expect(await runPhases([phase('stuck', 20, never), mark('next')], log)).toBe(false)
  expect(done).toEqual(['next'])
  expect(outcomes(lines)).toEqual(['stuck warn', 'next info'])
  expect(lines[0]?.ms).toBeGreaterThanOrEqual(19)
  expect(lines[0]?.ms).toBeLessThan(2_000)
})

test('a late phase that fails after all harms nobody', async () => {
  const { log, mark, done } = setUp()
  const late = Promise.withResolvers<void>()
  const clean = await runPhases([phase('late', 5, () => late.promise), mark('next')], log)
  late.reject(new Error('too late'))
  await new Promise((resolve) => void setImmediate(resolve))
  expect({ clean, done }).toEqual({ clean: false, done: ['next'] })
})

test.each([
  ['rejects', () => Promise.reject(new RangeError('row of Ingrid'))],
  [
    'throws',
    () => {
      throw new RangeError('row of Ingrid')
    },
  ],
  ['rejects with no error', () => Promise.reject('row of Ingrid')],
])('a phase that %s does not keep the next from running', async (_how, run) => {
  const { log, lines, done, mark } = setUp()
  // Not by `phase()`, which would turn a throw into a rejection.
  expect(await runPhases([{ name: 'broken', timeoutMs: 5_000, run }, mark('next')], log)).toBe(false)
  expect(done).toEqual(['next'])
  expect(outcomes(lines)).toEqual(['broken warn', 'next info'])
  expect(lines[0]?.err?.name).toMatch(/Error$/)
  expect(JSON.stringify(lines)).not.toContain('Ingrid')
})

test('no phases are a clean end', async () => {
  expect(await runPhases([], setUp().log)).toBe(true)
})

test('a request side turns unready, waits, stops what is before HTTP, HTTP, what is after, and ops last', async () => {
  const { log, lines, done, mark } = setUp()
  const closable = (name: string) => ({ close: async () => void done.push(name) })
  const phases = requestSidePhases({
    drainMs: 30,
    http: closable('http'),
    longestRequestMs: 5_000,
    ops: closable('ops'),
    drain: () => done.push('unready'),
    beforeHttp: [mark('consumers'), mark('relay')],
    afterHttp: [mark('pools')],
  })
  expect(await runPhases(phases, log)).toBe(true)
  expect(done).toEqual(['unready', 'consumers', 'relay', 'http', 'pools', 'ops'])
  expect(lines.map(({ phase: name }) => name)).toEqual([
    'unready',
    'wait',
    'consumers',
    'relay',
    'http',
    'pools',
    'ops',
  ])
  expect(lines[1]?.ms).toBeGreaterThanOrEqual(29)
})

test('HTTP has the time of the slowest handler and of the audit entry after it', () => {
  expect(longestRequestMs([])).toBe(DEFAULT_TIMEOUT_MS + AUDIT_DEADLINE_MS)
  expect(longestRequestMs([{}, { timeoutMs: 60_000 }, { timeoutMs: 100 }])).toBe(60_000 + AUDIT_DEADLINE_MS)
})

test('a side without HTTP ends the same way', async () => {
  const { log } = setUp()
  const ops = { close: async () => undefined }
  expect(
    await runPhases(
      requestSidePhases({ drainMs: 0, http: null, longestRequestMs: 0, ops, drain: () => undefined }),
      log,
    ),
  ).toBe(true)
})

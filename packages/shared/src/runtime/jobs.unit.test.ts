import { expect, test, vi } from 'vitest'
import { createLogger } from '../observability/logger.ts'
import { type Job, pause, startJobs } from './jobs.ts'

function setUp() {
  const lines: Record<string, unknown>[] = []
  const write = (text: string) => void lines.push(JSON.parse(text) as Record<string, unknown>)
  return { lines, log: createLogger({ service: 'records', destination: { write } }) }
}

const job = (name: string, everyMs: number, run: Job['run']): Job => ({ name, role: 'relay', everyMs, run })

test('a job runs at once, and goes on after a failure, which is logged without its message', async () => {
  const { lines, log } = setUp()
  let runs = 0
  const failing = job('sweep', 1, async () => {
    runs += 1
    if (runs <= 2) throw new Error('row of Ingrid')
  })
  const jobs = startJobs([failing], log)
  expect(runs).toBe(1)
  await vi.waitFor(() => expect(runs).toBeGreaterThan(3))
  await jobs.stop()
  expect(lines).toMatchObject([
    { level: 'warn', phase: 'sweep', err: { name: 'Error' } },
    { level: 'warn', phase: 'sweep' },
  ])
  expect(JSON.stringify(lines)).not.toContain('Ingrid')
})

test('a failure that is thrown rather than rejected keeps neither it nor the others from running', async () => {
  const { log } = setUp()
  const runs = { bad: 0, good: 0 }
  const bad = job('bad', 1, () => {
    runs.bad += 1
    throw new Error('now')
  })
  const good = job('good', 1, async () => void (runs.good += 1))
  const jobs = startJobs([bad, good], log)
  await vi.waitFor(() => expect(Math.min(runs.bad, runs.good)).toBeGreaterThan(2))
  await jobs.stop()
})

test('turns of one job never overlap', async () => {
  const { log } = setUp()
  let [running, most, runs] = [0, 0, 0]
  const slow = job('slow', 0, async (signal) => {
    most = Math.max(most, (running += 1))
    await pause(5, signal)
    running -= 1
    runs += 1
  })
  const jobs = startJobs([slow], log)
  await vi.waitFor(() => expect(runs).toBeGreaterThan(3))
  await jobs.stop()
  expect(most).toBe(1)
})

test('stop tells the turn in hand, awaits it, and starts no other', async () => {
  const { lines, log } = setUp()
  const turn = Promise.withResolvers<void>()
  let [runs, told, stopped] = [0, false, false]
  const long = job('long', 1, async (signal) => {
    runs += 1
    signal.addEventListener('abort', () => (told = true))
    await turn.promise
    throw new Error('interrupted')
  })
  const jobs = startJobs([long], log)
  const stopping = jobs.stop().then(() => (stopped = true))
  await new Promise((resolve) => void setImmediate(resolve))
  expect({ told, stopped }).toEqual({ told: true, stopped: false })
  turn.resolve()
  await stopping
  expect(runs).toBe(1)
  // That it was interrupted is no failure.
  expect(lines).toEqual([])
})

test('stop does not wait until the next turn is due', async () => {
  const { log } = setUp()
  let runs = 0
  const jobs = startJobs([job('hourly', 3_600_000, async () => void (runs += 1))], log)
  await new Promise((resolve) => void setImmediate(resolve))
  await jobs.stop()
  expect(runs).toBe(1)
})

test('a pause ends at once where it was aborted before', async () => {
  await pause(3_600_000, AbortSignal.abort())
})

import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { CallersFault, isCallersFault, judge } from './fault.ts'

const requestOf = (complete: boolean): IncomingMessage => Object.assign(new IncomingMessage(new Socket()), { complete })
const errorOf = (code: string): Error => new Error('no answer', { cause: Object.assign(new Error('inside'), { code }) })

test.each([
  ['UND_ERR_HEADERS_TIMEOUT', false, true],
  ['UND_ERR_SOCKET', false, true],
  ['ECONNRESET', false, true],
  ['UND_ERR_HEADERS_TIMEOUT', true, false],
  ['UND_ERR_SOCKET', true, false],
  ['ECONNREFUSED', false, false],
  ['UND_ERR_CONNECT_TIMEOUT', false, false],
])("%s with a whole body: %s; the caller's fault: %s", (code, whole, expected) => {
  expect(isCallersFault(errorOf(code), requestOf(whole))).toBe(expected)
})

test('a request that was read to its end and let go is whole', () => {
  expect(isCallersFault(errorOf('UND_ERR_SOCKET'), requestOf(true).destroy())).toBe(false)
})

test('a breaker waits a second for a body, and as long as it takes for an answer', async () => {
  vi.useFakeTimers()
  try {
    const never = new Promise<void>(() => {})
    const { promise: slow, resolve } = Promise.withResolvers<void>()
    const whole = judge(slow, requestOf(true))
    await Promise.all([
      expect(judge(never, requestOf(false))).rejects.toBeInstanceOf(CallersFault),
      vi.advanceTimersByTimeAsync(1_000),
    ])
    resolve()
    await expect(whole).resolves.toBeUndefined()
  } finally {
    vi.useRealTimers()
  }
})

import { expect, test } from 'vitest'
import { FORGET_MS, waitMs } from './back-off.ts'

const now = new Date('2026-11-23T08:00:00Z')
const waitAfter = (failures: number, agoMs = 0): number =>
  waitMs({ failures, lastFailedAt: new Date(now.getTime() - agoMs) }, now)

test('five failures are free; then the wait doubles up to a minute', () => {
  expect([1, 4, 5, 6, 7, 8, 9, 10, 1_000_000].map((failures) => waitAfter(failures))).toEqual([
    0, 0, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
  ])
})

test('waiting counts, and a quarter of an hour forgets', () => {
  expect(waitAfter(6, 1_500)).toBe(2_500)
  expect(waitAfter(6, 4_000)).toBe(0)
  expect(waitAfter(1_000, 59_999)).toBe(1)
  expect(FORGET_MS).toBe(900_000)
})

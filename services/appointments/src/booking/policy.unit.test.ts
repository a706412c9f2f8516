import { expect, it } from 'vitest'
import { assertMayBook, assertMayChange } from './policy.ts'

const HOUR = 3_600_000
const type = {
  active: true,
  selfBookable: true,
  horizonDays: 10,
  minimumNoticeMinutes: 120,
  changeNoticeMinutes: 1440,
}
const patient = { staff: false }
const staff = { staff: true }
const LATE = /too late/
const override = { staff: true, overrideReason: 'An emergency' }

it.each([
  ['in-the-past', { start: 0, asker: override }],
  ['beyond-horizon', { start: 240 * HOUR + 1, asker: override }],
  ['too-short-notice', { start: 2 * HOUR - 1, asker: patient }],
  ['too-short-notice', { start: 2 * HOUR - 1, asker: staff }],
  ['not-self-bookable', { start: 3 * HOUR, asker: patient, over: { selfBookable: false } }],
  ['unknown-visit-type', { start: 3 * HOUR, asker: override, over: { active: false } }],
] as const)('refuses %s', (code, { start, asker, ...rest }) => {
  const over = 'over' in rest ? rest.over : {}
  expect(() => assertMayBook({ ...type, ...over }, start, 0, asker)).toThrow(expect.objectContaining({ code }))
})

it('lets staff set aside the notice with a reason, and patients nothing', () => {
  expect(() => assertMayBook(type, 1, 0, override)).not.toThrow()
  expect(() => assertMayBook(type, 1, 0, { staff: false, overrideReason: 'Please' })).toThrow(LATE)
  expect(() => assertMayChange(type, HOUR, 0, override)).not.toThrow()
  expect(() => assertMayChange(type, HOUR, 0, staff)).toThrow(LATE)
  expect(() => assertMayChange(type, 24 * HOUR, 0, patient)).not.toThrow()
})

import { expect, it } from 'vitest'
import type { DomainError } from '@wellgate/shared/errors/problem'
import { assertMayBook, assertMayChange } from './policy.ts'

const HOUR = 3_600_000
const type = { selfBookable: true, horizonDays: 10, minimumNoticeMinutes: 120, changeNoticeMinutes: 1440 }
const patient = { staff: false }
const staff = { staff: true }
const LATE = /too late/
const override = { staff: true, overrideReason: 'An emergency' }

it.each([
  ['in-the-past', { start: 0, asker: override }, 'body.start'],
  ['beyond-horizon', { start: 240 * HOUR + 1, asker: override }, 'body.start'],
  ['too-short-notice', { start: 2 * HOUR - 1, asker: patient }, 'body.start'],
  ['too-short-notice', { start: 2 * HOUR - 1, asker: staff }, 'body.overrideReason'],
  ['not-self-bookable', { start: 3 * HOUR, asker: patient, over: { selfBookable: false } }, undefined],
] as const)('refuses %s', (code, { start, asker, ...rest }, field) => {
  const over = 'over' in rest ? rest.over : {}
  const fields = field && [{ field, expected: expect.any(String) }]
  expect(() => assertMayBook({ ...type, ...over }, start, 0, asker)).toThrow(
    expect.objectContaining({ code, details: fields ? { fields } : {} }),
  )
})

it('says from when to when a visit can be booked', () => {
  const said = (start: number) => {
    try {
      assertMayBook(type, start, 0, patient)
    } catch (error) {
      return (error as DomainError).details.fields
    }
    return undefined
  }
  expect(said(1)).toEqual([{ field: 'body.start', expected: 'not before 1970-01-01T02:00:00.000Z' }])
  expect(said(241 * HOUR)).toEqual([{ field: 'body.start', expected: 'not after 1970-01-11T00:00:00.000Z' }])
  expect(said(2 * HOUR)).toBeUndefined()
})

it('lets staff set aside the notice with a reason, and patients nothing', () => {
  expect(() => assertMayBook(type, 1, 0, override)).not.toThrow()
  expect(() => assertMayBook(type, 1, 0, { staff: false, overrideReason: 'Please' })).toThrow(LATE)
  expect(() => assertMayChange(type, HOUR, 0, override)).not.toThrow()
  expect(() => assertMayChange(type, HOUR, 0, staff)).toThrow(
    expect.objectContaining({ details: { fields: [expect.objectContaining({ field: 'body.overrideReason' })] } }),
  )
  expect(() => assertMayChange(type, HOUR, 0, patient)).toThrow(expect.objectContaining({ details: {} }))
  expect(() => assertMayChange(type, 24 * HOUR, 0, patient)).not.toThrow()
})

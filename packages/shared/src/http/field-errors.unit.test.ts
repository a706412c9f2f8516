import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { allRoutes } from '../contracts/all-routes.ts'
import { Currency, Period } from '../contracts/billing/models.ts'
import { BirthDate } from '../contracts/patients/models.ts'
import { fieldErrors } from './field-errors.ts'

const of = (schema: z.ZodType, value: unknown) =>
  fieldErrors('body', schema.safeParse(value).error?.issues ?? [], schema)
function bodyOf(id: (typeof allRoutes)[number]['id']): z.ZodType {
  const found = allRoutes.find((contract) => contract.id === id)
  if (!found || !('body' in found)) throw new Error(`${id} takes no body`)
  return found.body
}

const A_UUID = '0198d2a0-0000-7000-8000-000000000000'
const SLOT = { providerId: A_UUID, facilityId: A_UUID, visitTypeId: A_UUID, start: '2026-11-23T09:30:00Z' }
const { visitTypeId: _, ...WITHOUT_TYPE } = SLOT
const TIME = 'a time with offset (RFC 3339), such as 2026-11-23T09:30:00Z'
const UUID = 'a UUID'

describe('a body with alternatives', () => {
  it.each([
    [{}, { body: 'holdId, or providerId, facilityId, visitTypeId and start' }],
    [
      { patientId: 'me', reason: 5 },
      { 'body.reason': 'text', body: 'holdId, or providerId, facilityId, visitTypeId and start' },
    ],
    [{ holdId: 1 }, { 'body.holdId': UUID }],
    [{ holdId: 'x' }, { 'body.holdId': UUID }],
    [WITHOUT_TYPE, { 'body.visitTypeId': UUID }],
    [{ ...SLOT, start: 5 }, { 'body.start': TIME }],
    [{ start: 5 }, { 'body.providerId': UUID, 'body.facilityId': UUID, 'body.visitTypeId': UUID, 'body.start': TIME }],
    [{ holdId: A_UUID, start: SLOT.start }, { 'body.start': 'not to be there' }],
    [5, { body: 'an object' }],
  ])('names the fields of the one that was meant: %j', (body, expected) => {
    const errors = of(bodyOf('appointments.book'), body)
    expect(Object.fromEntries(errors.map((error) => [error.field, error.expected]))).toEqual(expected)
  })

  it.each([{}, { kind: 'x' }])('names the values that tell them apart: %j', (body) => {
    expect(of(bodyOf('billing.put-coverage'), body)).toEqual([
      { field: 'body.kind', expected: 'one of "copay", "percentage"' },
    ])
  })

  it('of one value says each form, once', () => {
    const expected = 'a date, YYYY-MM-DD, or a year or a month, YYYY or YYYY-MM'
    for (const value of [undefined, 'x', 5]) expect(of(BirthDate, value)).toEqual([{ field: 'body', expected }])
  })
})

describe('what was expected', () => {
  it('is the description of a pattern, never the pattern', () => {
    for (const value of [undefined, 'usd']) {
      expect(of(Currency, value)).toEqual([{ field: 'body', expected: 'three capital letters (ISO 4217)' }])
    }
    expect(of(Period, '2026')).toEqual([{ field: 'body', expected: 'a month, YYYY-MM' }])
  })

  it('counts one as one', () => {
    expect(of(bodyOf('patients.search-patients'), { mrn: '' })).toEqual([
      { field: 'body.mrn', expected: 'at least 1 character' },
    ])
  })
})

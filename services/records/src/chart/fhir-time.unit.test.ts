import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginningOf } from './fhir-time.ts'

describe('the beginning of a FHIR time', () => {
  it.each([
    ['2012', '2012-01-01T00:00:00.000Z'],
    ['2012-11', '2012-11-01T00:00:00.000Z'],
    ['2012-02-29', '2012-02-29T00:00:00.000Z'],
    ['2000-02-29', '2000-02-29T00:00:00.000Z'],
    ['0004-02-29', '0004-02-29T00:00:00.000Z'],
    ['0099-12-31', '0099-12-31T00:00:00.000Z'],
    ['2012-01-01T00:00:00+14:00', '2011-12-31T10:00:00.000Z'],
    ['2012-01-01T00:00:00.7229999-00:30', '2012-01-01T00:30:00.722Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['0001-01-01T00:00:00+01:00', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59-01:00', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (time, instant) => {
    expect(new Date(beginningOf(time) ?? Number.NaN).toISOString()).toBe(instant)
  })

  it.each([
    '',
    '12',
    '0000',
    '2012-00',
    '2012-13',
    '2012-1-1',
    '2012-02-30',
    '2011-02-29',
    '1900-02-29',
    '2012-04-31',
    '2012-01-01T10:00Z',
    '2012-01-01T10:00:00',
    '2012-01-01T24:00:00Z',
    '2012-01-01T10:60:00Z',
    '2012-01-00',
    '2012-01-01T10:00:61Z',
    '2012-01-01T10:00:00+15:00',
    '2012-01-01T10:00:00z',
    ' 2012',
    '2012\n',
    '+002012-01-01',
    '2012-01-01 10:00:00Z',
    'yesterday',
    '٢٠١٢',
  ])('%j is none', (time) => {
    expect(beginningOf(time)).toBeNull()
  })

  it('is the instant itself, for every instant', () => {
    const min = new Date('0001-01-01T00:00:00Z')
    const max = new Date('9999-12-31T23:59:59.999Z')
    fc.assert(
      fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
        expect(beginningOf(date.toISOString())).toBe(date.getTime())
      }),
    )
  })

  it('never fails', () => {
    fc.assert(fc.property(fc.string(), (text) => beginningOf(text) === null || Number.isFinite(beginningOf(text))))
  })
})

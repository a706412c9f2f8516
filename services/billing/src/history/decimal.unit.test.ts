import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDecimals, decimalOf, inUnitsOf, ZERO, type Decimal } from './decimal.ts'

const of = (text: string): Decimal => {
  const decimal = decimalOf(text)
  if (!decimal) throw new Error(`no decimal: ${text}`)
  return decimal
}

describe('minor units', () => {
  it.each([
    ['125', 12500n],
    ['0', 0n],
    ['-0', 0n],
    ['140.52', 14052n],
    ['28.104000000000003', 2810n],
    ['28.105', 2811n],
    ['28.1049999999999999999999', 2810n],
    ['-0.005', -1n],
    ['-0.0049', 0n],
    ['1.5e2', 15000n],
    ['1E-2', 1n],
    ['8.125', 813n],
    // As doubles these two are 1.00 and 90071992547409.92 by a hair.
    ['1.005', 101n],
    ['90071992547409.935', 9007199254740994n],
  ])('%s is %d cents', (text, cents) => {
    expect(inUnitsOf(of(text), 2)).toBe(cents)
  })

  it.each(['', '.5', '5.', '1,5', '0x10', 'NaN', 'Infinity', '1e400', '1e999', '9'.repeat(41), `0.${'1'.repeat(41)}`])(
    '%j is none',
    (text) => expect(decimalOf(text)).toBeUndefined(),
  )

  it('rounds once, after the sum', () => {
    const sum = ['28.104', '28.104', '28.104'].map(of).reduce(addDecimals, ZERO)
    expect(inUnitsOf(sum, 2)).toBe(8431n)
  })

  it('are what was written, for any amount of cents', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (cents) => {
        const magnitude = (cents < 0n ? -cents : cents).toString().padStart(3, '0')
        const text = `${cents < 0n ? '-' : ''}${magnitude.slice(0, -2)}.${magnitude.slice(-2)}`
        return inUnitsOf(of(text), 2) === cents
      }),
    )
  })

  it('of a sum do not depend on its order', () => {
    const amount = fc.tuple(fc.integer(), fc.nat({ max: 999_999 })).map(([whole, part]) => of(`${whole}.${part}`))
    fc.assert(
      fc.property(fc.array(amount), (all) => {
        const [there, back] = [all, all.toReversed()].map((each) => inUnitsOf(each.reduce(addDecimals, ZERO), 2))
        return there === back
      }),
    )
  })
})

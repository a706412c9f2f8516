import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatMrn, isMistypedMrn, normaliseMrn } from './mrn.ts'

const mrn = fc.bigInt({ min: 1n, max: 10n ** 12n }).map(formatMrn)

describe('medical record numbers', () => {
  it('are a prefix, the number and a check digit', () => {
    expect(formatMrn(1n)).toMatch(/^WG00000001\d$/)
    expect(formatMrn(1234567890n)).toMatch(/^WG1234567890\d$/)
  })

  it('have the check digit of the worked example of Damm (572 -> 4)', () => {
    expect(formatMrn(572n)).toBe('WG000005724')
  })

  it('are recognised as issued, however they are spaced or cased', () => {
    fc.assert(
      fc.property(mrn, (issued) => {
        const typed = `${issued.slice(0, 2).toLowerCase()} ${issued.slice(2, 6)}-${issued.slice(6)} `
        expect(normaliseMrn(typed)).toBe(issued)
        expect(isMistypedMrn(issued)).toBe(false)
      }),
    )
  })

  it('show every single wrong digit and every swap of two different neighbours', () => {
    fc.assert(
      fc.property(mrn, fc.nat(), fc.integer({ min: 1, max: 9 }), (issued, seed, by) => {
        const at = 2 + (seed % (issued.length - 3))
        const digit = Number(issued[at])
        const wrong = `${issued.slice(0, at)}${(digit + by) % 10}${issued.slice(at + 1)}`
        expect(isMistypedMrn(wrong)).toBe(true)
        const swapped = `${issued.slice(0, at)}${issued[at + 1] ?? ''}${issued[at] ?? ''}${issued.slice(at + 2)}`
        expect(isMistypedMrn(swapped)).toBe(swapped !== issued)
      }),
    )
  })

  it('leave numbers of other forms alone', () => {
    expect(isMistypedMrn('12345')).toBe(false)
    expect(isMistypedMrn('WG12')).toBe(false)
  })
})

import { createHmac, hkdfSync } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { blindIndexBits, createBlindIndex } from './blind-index.ts'

const key = Buffer.from(Array.from({ length: 32 }, (_, at) => at))
const word = (n: number) => Buffer.from([0, 0, 0, n])
const prefixed = (...parts: string[]) => {
  return Buffer.concat([word(parts.length), ...parts.flatMap((part) => [word(part.length), Buffer.from(part)])])
}

test('is the HMAC under the derived key, cut', () => {
  const own = Buffer.from(hkdfSync('sha256', key, '', prefixed('wellgate-blind-index', 'patient.surname'), 32))
  const full = createHmac('sha256', own).update(prefixed('muller')).digest('hex')
  expect(createBlindIndex({ key, label: 'patient.surname', bits: 256 })('muller')).toBe(full)
  expect(createBlindIndex({ key, label: 'patient.surname', bits: 16 })('muller')).toBe(full.slice(0, 4))
})

// Computed apart, by Python's hmac. Stored index values rest on these: a change here is a migration of every index.
test.each([
  ['patient.surname', 12, ['muller'], 'ec20'],
  ['patient.surname', 16, ['muller'], 'ec29'],
  ['patient.surname+birth', 18, ['muller', '1980-02-29'], '52bb80'],
  ['patient.surname', 16, [''], '3b03'],
])('vector %s %i %j', (label, bits, value, expected) => {
  expect(createBlindIndex({ key, label, bits })(...value)).toBe(expected)
})

test('fewer bits are a prefix, with the spare bits zero', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 256 }), (value, bits) => {
      const full = BigInt(`0x${createBlindIndex({ key, label: 'l', bits: 256 })(value)}`)
      const cut = createBlindIndex({ key, label: 'l', bits })(value)
      expect(cut).toHaveLength(Math.ceil(bits / 8) * 2)
      const width = BigInt(cut.length * 4)
      expect(BigInt(`0x${cut}`)).toBe((full >> (256n - BigInt(bits))) << (width - BigInt(bits)))
    }),
  )
})

test('another label or key, and another split of the parts, give other values', () => {
  const index = createBlindIndex({ key, label: 'a', bits: 128 })
  expect(createBlindIndex({ key, label: 'b', bits: 128 })('x')).not.toBe(index('x'))
  expect(createBlindIndex({ key: Buffer.alloc(32), label: 'a', bits: 128 })('x')).not.toBe(index('x'))
  expect(index('a', 'bc')).not.toBe(index('ab', 'c'))
})

test.each([0, 257, 1.5])('refuses %d bits', (bits) => {
  expect(() => createBlindIndex({ key, label: 'a', bits })).toThrow(RangeError)
})

test('plans the bits as CipherSweet does', () => {
  expect([1e4, 1e5, 1e6, 1e7].map(blindIndexBits)).toEqual([
    { min: 7, max: 12 },
    { min: 9, max: 15 },
    { min: 10, max: 18 },
    { min: 12, max: 22 },
  ])
  expect(() => blindIndexBits(15)).toThrow(/16/)
})

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { contextParts, encodeAad } from './aad.ts'

const text = fc.string({ unit: 'grapheme' })

test('no two lists share an encoding', () => {
  fc.assert(
    fc.property(fc.array(text), fc.array(text), (a, b) => {
      const same = a.length === b.length && a.every((part, at) => part === b[at])
      expect(encodeAad(a).equals(encodeAad(b))).toBe(same)
    }),
  )
})

test('text moved over a border changes the encoding', () => {
  fc.assert(
    fc.property(text, fc.string({ minLength: 1 }), text, (a, moved, b) => {
      expect(encodeAad([a + moved, b]).equals(encodeAad([a, moved + b]))).toBe(false)
    }),
  )
})

test('the layout is count, then length and bytes of each part', () => {
  expect(encodeAad(['a', '', 'é']).toString('hex')).toBe('0000000300000001610000000000000002c3a9')
})

test('a lone surrogate, which UTF-8 cannot tell from others, is refused', () => {
  expect(() => encodeAad(['\ud800'])).toThrow(TypeError)
})

test('a context has one encoding however it is written', () => {
  expect(contextParts({ b: '2', a: '1' })).toEqual(['a', '1', 'b', '2'])
})

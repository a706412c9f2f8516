import { assert, boolean, constantFrom, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { newActivationCode, normaliseCode } from './activation-code.ts'

test('a code is sixteen characters that cannot be misread, in groups of four', () => {
  const codes = new Set(Array.from({ length: 500 }, newActivationCode))
  expect(codes.size).toBe(500)
  for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
})

test('every place of a code takes every character: no bit is lost', () => {
  const seen = Array.from({ length: 16 }, () => new Set<string>())
  for (let i = 0; i < 2_000; i++)
    newActivationCode()
      .replaceAll('-', '')
      .split('')
      .forEach((character, place) => seen[place]?.add(character))
  expect(seen.map(({ size }) => size)).toEqual(Array.from({ length: 16 }, () => 32))
})

test('however a person writes it, a code is read as it was issued', () => {
  const writing = record({
    lower: boolean(),
    dash: constantFrom('', ' ', '-', '—'.slice(1), '\t', ' - '),
    o: constantFrom('0', 'O', 'o'),
    l: constantFrom('1', 'I', 'l', 'L', 'i'),
  })
  assert(
    property(writing, ({ lower, dash, o, l }) => {
      const code = newActivationCode()
      const cased = lower ? code.toLowerCase() : code
      const typed = cased.replaceAll('-', dash).replaceAll('0', o).replaceAll('1', l)
      expect(normaliseCode(typed)).toBe(code.replaceAll('-', ''))
    }),
  )
})

test.each(['', 'ABCD', 'ABCD-EFGH-JKMN-PQR', 'ABCD-EFGH-JKMN-PQRS-T', 'UUUU-UUUU-UUUU-UUUU', '«BCD-EFGH-JKMN-PQRS'])(
  '%j is no code',
  (text) => {
    expect(normaliseCode(text)).toBeUndefined()
  },
)

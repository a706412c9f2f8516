import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findJsonError } from './json-position.ts'

const parses = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('where a text stops being JSON', () => {
  it.each([
    ['', 0],
    ['abc', 0],
    ['{"a":1,}', 7],
    ['[1,2', 4],
    ['{"a" 1}', 5],
    ['{"a":1 "b":2}', 7],
    ['{"a":"x', 5],
    ['[1,]', 3],
    ['[01]', 2],
    ['{} {}', 3],
    ["{'a':1}", 1],
    ['["\\x"]', 1],
    ['["a\nb"]', 1],
  ])('%j: %i', (text, offset) => {
    expect(findJsonError(text)?.offset).toBe(offset)
  })

  it('counts lines and columns from one', () => {
    expect(findJsonError('{\n  "a": 1,\n  "b": x\n}')).toEqual({ offset: 19, line: 3, column: 8 })
  })

  it('takes any depth', () => {
    const deep = '['.repeat(200_000)
    expect(findJsonError(deep)?.offset).toBe(200_000)
    expect(findJsonError(deep + ']'.repeat(200_000))).toBeUndefined()
  })

  it('agrees with the parser on what is JSON', () => {
    const text = fc
      .tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), fc.nat({ max: 2 }))
      .map(([json, at, put, cut]) => {
        const where = at % (json.length + 1)
        return json.slice(0, where) + put + json.slice(where + cut)
      })
    fc.assert(
      fc.property(fc.oneof(fc.json(), text), (sample) => {
        expect(findJsonError(sample) === undefined).toBe(parses(sample))
      }),
      { numRuns: 2_000 },
    )
  })
})

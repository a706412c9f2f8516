import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, depthOf, isObject, own, parseLossless } from './lossless-json.ts'

describe('lossless JSON', () => {
  it('keeps numbers as they were written', () => {
    const text = '{"a":7.10,"b":[1e400,-0.0,0.1000],"c":12345678901234567890}'
    expect(JSON.stringify(parseLossless(text))).toBe(text)
  })

  it('treats __proto__ as data', () => {
    const text = '{"__proto__":{"polluted":1.0},"a":{"constructor":{"prototype":{"x":1}}}}'
    const value = parseLossless(text)
    expect(JSON.stringify(value)).toBe(text)
    expect(canonicalJson(value)).toContain('"__proto__":{"polluted":1.0}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(isObject(value) && own(value, 'toString')).toBeUndefined()
  })

  it('has one canonical text for every order of keys and white space', () => {
    const one = canonicalJson(parseLossless('{"b": [1.0, {"d":null,"c":true}], "a":"x"}'))
    expect(one).toBe('{"a":"x","b":[1.0,{"c":true,"d":null}]}')
    expect(canonicalJson(parseLossless('{"a":"x","b":[1.0,{"c":true,"d":null}]}'))).toBe(one)
    expect(canonicalJson(parseLossless('{"a":"x","b":[1.00,{"c":true,"d":null}]}'))).not.toBe(one)
  })

  it('says nothing else than the parser', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value = parseLossless(text)
        expect(JSON.parse(JSON.stringify(value))).toEqual(JSON.parse(text))
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('measures depth without being fooled by strings', () => {
    expect(depthOf('{"a":["]}[{\\"[[[",[{}]]}')).toBe(4)
    expect(depthOf('"[[["')).toBe(0)
  })
})

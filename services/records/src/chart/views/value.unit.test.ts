import { describe, expect, it } from 'vitest'
import { observation } from '../../../test/open-entry.ts'

describe('a value', () => {
  it.each([
    [
      { valueQuantity: { value: 164.28633591091844, unit: 'cm', code: 'cm' } },
      { kind: 'quantity', value: 164.28633591091844, unit: 'cm', code: 'cm' },
    ],
    [{ valueQuantity: { value: 0, unit: '{score}' } }, { kind: 'quantity', value: 0, unit: '{score}', code: null }],
    [
      { valueQuantity: { value: 5, comparator: '<', code: 'mg/dL' } },
      { kind: 'quantity', value: 5, comparator: '<', unit: 'mg/dL', code: 'mg/dL' },
    ],
    [{ valueCodeableConcept: { text: 'Never smoker' } }, { kind: 'coded', text: 'Never smoker', codings: [] }],
    [{ valueString: 'clear' }, { kind: 'text', text: 'clear' }],
    [{ valueDateTime: '2012-05' }, { kind: 'text', text: '2012-05' }],
    [{ valueTime: '12:30:00' }, { kind: 'text', text: '12:30:00' }],
    [{ valueBoolean: false }, { kind: 'boolean', value: false }],
    [{ valueInteger: 0 }, { kind: 'integer', value: 0 }],
    [{ valueRatio: { numerator: { value: 1 } } }, { kind: 'other', text: '{"numerator":{"value":1}}' }],
    [{ valuePeriod: { start: '2012' } }, { kind: 'other', text: '{"start":"2012"}' }],
    [{ valueQuantity: { unit: 'cm' } }, { kind: 'other', text: '{"unit":"cm"}' }],
    [{ valueQuantity: { value: Infinity, unit: 'cm' } }, { kind: 'other', text: '{"value":null,"unit":"cm"}' }],
    [{ valueInteger: 1.5 }, null],
    [{ dataAbsentReason: { text: 'unknown' } }, null],
  ])('%j', (fields, value) => {
    expect(observation(fields).value).toEqual(value)
  })

  it('may be two: blood pressure', () => {
    const part = (code: string, value: number) => ({ code: { text: code }, valueQuantity: { value, unit: 'mm[Hg]' } })
    const { value, components } = observation({ component: [part('Diastolic', 80), part('Systolic', 120)] })
    expect(value).toBeNull()
    expect(components.map(({ code, value: each }) => [code.text, each])).toEqual([
      ['Diastolic', { kind: 'quantity', value: 80, unit: 'mm[Hg]', code: null }],
      ['Systolic', { kind: 'quantity', value: 120, unit: 'mm[Hg]', code: null }],
    ])
  })

  it('comes with interpretation and ranges', () => {
    const view = observation({
      interpretation: [{ coding: [{ code: 'H' }] }],
      referenceRange: [
        { text: 'normal' },
        { low: { value: 3.5, unit: 'mmol/L' }, high: { value: 5.1, unit: 'mmol/L' } },
        { high: { value: 5.1 } },
        { low: { value: 1 } },
        {},
      ],
    })
    expect(view.interpretation).toEqual(['H'])
    expect(view.referenceRanges).toEqual(['normal', '3.5 mmol/L – 5.1 mmol/L', '≤ 5.1', '≥ 1'])
  })
})

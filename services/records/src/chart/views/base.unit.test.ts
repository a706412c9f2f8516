import { describe, expect, it } from 'vitest'
import { ID, entry, observation } from '../../../test/open-entry.ts'
import { observationView } from './observation.ts'

describe('an entry', () => {
  it('shows what every list shows', () => {
    const coding = { system: 'http://loinc.org', code: '8302-2', display: 'Body Height' }
    const view = observationView(
      entry(
        {
          resourceType: 'Observation',
          status: 'final',
          category: [{ coding: [{ code: 'vital-signs' }, { code: 'exam' }] }, { coding: [{ code: 'exam' }] }],
          code: { coding: [coding], text: 'Height' },
          effectiveDateTime: '2012-11',
          issued: '2012-12-01T00:00:00Z',
        },
        { encounterId: ID },
      ),
    )
    expect(view).toEqual({
      id: ID,
      status: 'final',
      category: ['vital-signs', 'exam'],
      code: { text: 'Height', codings: [coding] },
      clinicalTime: '2012-11',
      encounterId: ID,
      performers: ['Dr. June Kassulke'],
      source: 'general-hospital',
      version: 3,
      value: null,
      components: [],
      interpretation: [],
      referenceRanges: [],
    })
  })

  it.each([
    [{ text: 'own', coding: [{ code: 'c', display: 'd' }] }, 'own'],
    [{ coding: [{ code: 'c' }, { code: 'c2', display: 'd2' }] }, 'd2'],
    [{ text: '', coding: [{ code: 'c' }] }, 'c'],
    [{ text: '👩🏽‍⚕️ שלום', coding: [] }, '👩🏽‍⚕️ שלום'],
    [{ coding: [{ system: 's' }] }, ''],
    ['nonsense', ''],
  ])('is named by its text, a display or a code: %j', (code, text) => {
    expect(observation({ code }).code.text).toBe(text)
  })

  it.each([
    [{ effectivePeriod: { start: '2012', end: '2013' }, issued: '2014' }, '2012'],
    [{ effectiveInstant: '2012-01-01T00:00:00Z' }, '2012-01-01T00:00:00Z'],
    [{ issued: '2014-01-01T00:00:00+13:45' }, '2014-01-01T00:00:00+13:45'],
    [{}, null],
  ])('has the time as sent: %j', (fields, time) => {
    expect(observation(fields).clinicalTime).toBe(time)
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFhirPatient } from './fhir-patient.ts'

const NOW = new Date('2026-11-23T09:00:00Z')
const base = {
  resourceType: 'Patient',
  name: [{ family: 'Wyman', given: ['Alfreda'] }],
  birthDate: '1980-10-28',
  gender: 'female',
}
const read = (fields: object) => readFhirPatient(JSON.stringify({ ...base, ...fields }), NOW)
const patientOf = (fields: object) => {
  const reading = read(fields)
  if ('refusals' in reading) throw new Error(`refused: ${JSON.stringify(reading.refusals)}`)
  return reading.patient
}
const refusalsOf = (fields: object) => {
  const reading = read(fields)
  return 'refusals' in reading ? reading.refusals.map(({ field, expected }) => `${field}: expected ${expected}`) : []
}

describe('reading a FHIR Patient', () => {
  it('shows the official name and keeps the others for search', () => {
    const name = [
      { use: 'maiden', family: 'Deckow', given: ['Alfreda'] },
      { family: 'Plain' },
      { use: 'official', family: 'Wyman', given: ['Alfreda'], prefix: ['Mrs.'] },
    ]
    expect(patientOf({ name })).toMatchObject({
      name: { family: 'Wyman', given: ['Alfreda'], prefix: ['Mrs.'] },
      otherNames: [
        { family: 'Plain', given: [] },
        { family: 'Deckow', given: ['Alfreda'] },
      ],
    })
  })

  it('takes a single name, or a name as text, as the family name', () => {
    expect(patientOf({ name: [{ given: ['Sukarno'] }] }).name).toEqual({ family: 'Sukarno', given: [] })
    expect(patientOf({ name: [{ text: 'María de la O' }] }).name).toEqual({ family: 'María de la O', given: [] })
  })

  it('keeps the resource to the letter', () => {
    const text = '{ "resourceType":"Patient", "name":[{"family":"A"}], "birthDate":"1980",\n "x": 7.10 }'
    const reading = readFhirPatient(text, NOW)
    expect(reading).toMatchObject({ patient: { resource: text, birthDate: '1980', gender: 'unknown' } })
  })

  it('gives identifiers without a system a system, and leaves those without a value', () => {
    expect(
      patientOf({ identifier: [{ value: '7' }, { system: 'urn:x' }, { system: 'urn:x', value: '8' }] }).identifiers,
    ).toEqual([
      { system: 'urn:unknown', value: '7' },
      { system: 'urn:x', value: '8' },
    ])
  })

  it('is tolerant of addresses and telecoms', () => {
    const address = [
      { use: 'holiday', text: '1 Long Road\nTown' },
      { line: ['1', '2', '3', '4', '5', '6', '7'], city: 'Wilmington' },
      { extension: [] },
      null,
    ]
    const telecom = [{ value: '555' }, { system: 'telepathy', value: 'x', use: 'astral' }, { system: 'phone' }]
    expect(patientOf({ address, telecom })).toMatchObject({
      addresses: [{ line: ['1 Long Road', 'Town'] }, { line: ['1', '2', '3', '4', '5, 6, 7'], city: 'Wilmington' }],
      telecoms: [
        { system: 'other', value: '555' },
        { system: 'other', value: 'x' },
      ],
    })
  })

  it.each([
    [{ birthDate: '1980-02-30' }, ['birthDate: expected a calendar date']],
    [{ birthDate: undefined }, ['birthDate: expected a calendar date']],
    [{ birthDate: '2099-01-01' }, ['birthDate: expected a day not after today and not more than 130 years ago']],
    [{ birthDate: '1700' }, ['birthDate: expected a day not after today and not more than 130 years ago']],
    [{ birthDate: 19800228 }, ['birthDate: expected text']],
    [{ gender: 'F' }, ['gender: expected one of male, female, other, unknown']],
    [{ name: [] }, ['name: expected at least one name']],
    [{ name: 'Wyman' }, ['name: expected a list']],
    [{ name: [{ family: 'x'.repeat(10_000) }] }, ['name[0].family: expected at most 400 characters']],
    [{ name: [{ family: 'A', given: ['B', 'x'.repeat(300)] }] }, ['name[0].given[1]: expected at most 200 characters']],
    [{ name: ['Wyman'] }, ['name[0]: expected an object']],
    [{ telecom: [{ value: 5 }] }, ['telecom[0].value: expected text']],
    [{ address: [{ city: 'x'.repeat(101) }] }, ['address[0].city: expected at most 100 characters']],
    [{ deceasedBoolean: 'yes' }, ['deceasedBoolean: expected true or false']],
    [{ resourceType: 'Practitioner' }, ['resourceType: expected Patient']],
  ])('refuses %j by naming the field', (fields, expected) => {
    expect(refusalsOf(fields)).toEqual(expected)
  })

  it('never fails, and never repeats a value, whatever is sent', () => {
    const SECRET = 'Zq7Xsecret'
    const leaf = fc.oneof(
      fc.constant(SECRET),
      fc.constant(SECRET.repeat(2000)),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    )
    const field = fc.constantFrom(
      'name',
      'birthDate',
      'gender',
      'identifier',
      'address',
      'telecom',
      'family',
      'given',
      'value',
      'line',
    )
    const { any } = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(field, tie('any'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(field, any, { maxKeys: 6 }), (fields) => {
        const reading = readFhirPatient(JSON.stringify({ resourceType: 'Patient', ...fields }), NOW)
        expect('refusals' in reading ? JSON.stringify(reading.refusals) : '').not.toContain('Zq7X')
      }),
      { numRuns: 300 },
    )
  })

  it('refuses what is not JSON without quoting it', () => {
    expect(readFhirPatient('{"name": Wyman', NOW)).toEqual({
      refusals: [{ field: 'resourceType', expected: 'Patient' }],
    })
  })

  it('reads every Patient of the samples', () => {
    const folder = new URL('../../test/fixtures/', import.meta.url)
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const reading = readFhirPatient(readFileSync(new URL(file, folder), 'utf8'), NOW)
      expect(reading).toHaveProperty('patient.name.family')
    }
  })
})

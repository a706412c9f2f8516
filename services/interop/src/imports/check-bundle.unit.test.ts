import { describe, expect, it } from 'vitest'
import { DomainError } from '@wellgate/shared/errors/problem'
import { bundleOf, entryOf, patientEntry, smallBundle } from '../../test/bundles.ts'
import { checkBundle, MAX_ENTRIES } from './check-bundle.ts'

const check = (body: unknown) => checkBundle(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))

function refusal(work: () => unknown): DomainError {
  try {
    work()
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
  throw new Error('it was not refused')
}

const fieldsOf = (body: unknown) => refusal(() => check(body)).details.fields?.map(({ field }) => field)

describe('checking a bundle', () => {
  it('takes a bundle of one patient and names that patient', () => {
    const { bundle, patient } = smallBundle()
    expect(check(bundle).patientSourceId).toBe(patient.resource['id'])
    expect(check(bundleOf([patient], 'collection')).patientSourceId).toBe(patient.resource['id'])
  })

  it('takes the UUID of fullUrl where there is no id, and a byte order mark', () => {
    const entry = { fullUrl: 'urn:uuid:6D23A95E-7e18-4201-90ec-9501fa89fbd2', resource: { resourceType: 'Patient' } }
    expect(check(`\ufeff${JSON.stringify(bundleOf([entry]))}`).patientSourceId).toBe(
      '6d23a95e-7e18-4201-90ec-9501fa89fbd2',
    )
  })

  it('takes so many entries, and refuses one more', () => {
    const others = Array.from({ length: MAX_ENTRIES }, () => 0)
    expect(fieldsOf(bundleOf([patientEntry(), ...others]))).toEqual(['entry'])
    expect(check(bundleOf([patientEntry('p'), ...others.slice(1)])).patientSourceId).toBe('p')
  })

  it.each([
    ['a list', [], ['body']],
    ['a number', 7, ['body']],
    ['another resource', { resourceType: 'Patient' }, ['resourceType']],
    ['no type', { resourceType: 'Bundle', entry: [patientEntry()] }, ['type']],
    ['a searchset', bundleOf([patientEntry()], 'searchset'), ['type']],
    ['no entry', { resourceType: 'Bundle', type: 'transaction' }, ['entry']],
    ['an empty entry', bundleOf([]), ['entry']],
    ['an entry that is no list', { resourceType: 'Bundle', type: 'x', entry: {} }, ['type', 'entry']],
    ['no patient', bundleOf([entryOf('Observation')]), ['entry']],
    ['two patients', bundleOf([patientEntry(), patientEntry()]), ['entry']],
    ['a patient without id', bundleOf([{ resource: { resourceType: 'Patient' } }]), ['entry[0].resource.id']],
    ['a patient with a wrong id', bundleOf([null, patientEntry("a'b")]), ['entry[1].resource.id']],
    ['a patient that is a path', bundleOf([patientEntry('..')]), ['entry[0].resource.id']],
    ['a huge patient', bundleOf([patientEntry(undefined, { photo: 'x'.repeat(210_000) })]), ['entry[0].resource']],
  ])('refuses %s', (_, body, fields) => {
    expect(refusal(() => check(body))).toMatchObject({ code: 'invalid-bundle', status: 422 })
    expect(fieldsOf(body)).toEqual(fields)
  })

  it('refuses what is nested beyond sense', () => {
    const deep = `{"resourceType":"Bundle","type":"transaction","entry":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(refusal(() => check(deep))).toMatchObject({ code: 'invalid-bundle', status: 422 })
  })

  it('refuses what is not JSON, says where, and quotes nothing', () => {
    const error = refusal(() => check('{"name": "Ada Testpatient"\n "born": 1970}'))
    expect(error).toMatchObject({ code: 'not-json', status: 400 })
    expect(error.message).toContain('line 2, column 2')
    expect(error.message).not.toMatch(/Ada|born|1970/)
    expect(refusal(() => check('')).code).toBe('not-json')
  })

  it('refuses what is not UTF-8', () => {
    const latin1 = Buffer.from('{"a":"M\u00fcller"}', 'latin1')
    expect(refusal(() => checkBundle(latin1))).toMatchObject({ code: 'not-json', status: 400 })
  })
})

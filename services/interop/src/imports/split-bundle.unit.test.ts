import { describe, expect, it } from 'vitest'
import { bundleOf, entryOf, patientEntry, smallBundle, urn, type Json } from '../../test/bundles.ts'
import { chunkItems, MAX_CHUNK_BYTES, MAX_CHUNK_ITEMS } from './chunk-items.ts'
import { splitBundle } from './split-bundle.ts'

const patient = patientEntry()
const subject = { reference: patient.fullUrl }
const observation = (fields: Json = {}, id?: string) => entryOf('Observation', { subject, ...fields }, id)
const split = (...entries: unknown[]) => splitBundle(JSON.stringify(bundleOf([patient, ...entries])))
const codeOf = (entry: unknown): string | undefined => split(entry).setAside[0]?.code

describe('splitting a bundle', () => {
  it('sorts every entry to one place', () => {
    const { entries, bundle } = smallBundle()
    const { patient: found, items, setAside } = splitBundle(JSON.stringify(bundle))
    expect(found?.index).toBe(0)
    expect(items.map(({ index, type }) => [index, type])).toEqual([
      [3, 'Encounter'],
      [4, 'Observation'],
      [5, 'Observation'],
      [6, 'Condition'],
    ])
    expect(setAside.map(({ index, code }) => [index, code])).toEqual([
      [1, 'unsupported-type'],
      [2, 'unsupported-type'],
      [7, 'unsupported-type'],
    ])
    expect(setAside[0]?.detail).toMatch(/display text of performers/)
    expect(setAside[2]?.detail).not.toMatch(/display text/)
    expect(1 + items.length + setAside.length).toBe(entries.length)
  })

  it('keeps decimals and partial dates as sent', () => {
    const text = JSON.stringify(bundleOf([patient, observation({ effectiveDateTime: '2012-11', value: 'HERE' })]))
    const { items } = splitBundle(text.replace('"HERE"', '7.10'))
    expect(items[0]?.resource).toContain('"value":7.10')
    expect(items[0]?.resource).toContain('"effectiveDateTime":"2012-11"')
  })

  it('resolves who did it, each once', () => {
    const { bundle } = smallBundle()
    const { items } = splitBundle(JSON.stringify(bundle))
    expect(items[0]?.performers).toEqual(['Dr. June Kassulke', 'LAHEY HOSPITAL'])
    expect(items[2]?.performers).toEqual(['Dr. June Kassulke', 'The lab'])
  })

  it('resolves who did it by other elements and forms', () => {
    const doctor = entryOf('Practitioner', { name: [{ text: 'June Kassulke, MD' }] })
    const role = entryOf('PractitionerRole', { practitioner: { reference: doctor.fullUrl } })
    const procedure = entryOf('Procedure', { subject, performer: [{ actor: { reference: role.fullUrl } }] })
    const order = entryOf('MedicationRequest', {
      subject,
      requester: { reference: `Practitioner/${doctor.resource.id}` },
      recorder: { display: 'A nurse' },
    })
    const { items } = split(procedure, order, doctor, role)
    expect(items.map(({ performers }) => performers)).toEqual([['June Kassulke, MD'], ['June Kassulke, MD', 'A nurse']])
  })

  it('finds encounters and links, relative ones too', () => {
    const encounter = entryOf('Encounter', { subject })
    const { id } = encounter.resource
    const { items } = split(
      encounter,
      observation({
        encounter: { reference: `Encounter/${id}/_history/2` },
        hasMember: [{ reference: 'Observation/earlier' }],
      }),
      observation({ encounter: { reference: encounter.fullUrl.toUpperCase().replace('URN:UUID', 'urn:uuid') } }),
    )
    const target = { type: 'Encounter', sourceId: id }
    expect(items.map((item) => item.encounter)).toEqual([null, target, target])
    expect(items[1]?.references.map(({ target: each }) => each)).toContainEqual({
      type: 'Observation',
      sourceId: 'earlier',
    })
    expect(items[2]?.references.map(({ target: each }) => each.type)).toEqual(['Patient', 'Encounter'])
  })

  it.each([
    ['null', null, 'invalid-id'],
    ['a text', 'x', 'invalid-id'],
    ['no resource', { fullUrl: urn('x') }, 'invalid-id'],
    ['a resource that is a list', { resource: [] }, 'invalid-id'],
    ['no resourceType', { resource: { id: 'a' } }, 'invalid-id'],
    ['a resourceType that is no name', { resource: { resourceType: '__proto__', id: 'a' } }, 'invalid-id'],
    ['a resourceType that FHIR has not', entryOf('AdaTestpatient'), 'invalid-id'],
    ['no id and no fullUrl', { resource: { resourceType: 'Observation', subject } }, 'invalid-id'],
    ['a quote in the id', observation({}, "a'b"), 'invalid-id'],
    ['a NUL in the id', observation({}, 'a\0b'), 'invalid-id'],
    ['an id of dots', observation({}, '..'), 'invalid-id'],
    ['an id that is a number', { fullUrl: urn('x'), resource: { resourceType: 'Observation', id: 7 } }, 'invalid-id'],
    ['a type of no record', entryOf('Claim'), 'unsupported-type'],
    ['another subject', observation({ subject: { reference: 'Patient/other' } }), 'wrong-patient'],
    ['no subject', entryOf('Observation'), 'wrong-patient'],
    ['a subject that is a text', entryOf('Observation', { subject: patient.fullUrl }), 'wrong-patient'],
    ['a group as subject', observation({ subject: { reference: 'Group/1' } }), 'wrong-patient'],
    ['a second patient element', observation({ patient: { reference: 'Patient/other' } }), 'wrong-patient'],
    ['a dangling encounter', observation({ encounter: { reference: urn('nowhere') } }), 'dangling-reference'],
    ['a large resource', observation({ note: [{ text: 'x'.repeat(205 * 1024) }] }), 'too-large'],
    ['one that grows when escaped', observation({ note: [{ text: '"'.repeat(90 * 1024) }] }), 'too-large'],
  ])('sets aside %s', (_, entry, code) => {
    expect(codeOf(entry)).toBe(code)
    expect(split(entry, observation()).items).toHaveLength(1)
  })

  it('names the element of a dangling reference, and nothing else', () => {
    const entry = observation({ 'Ada 1970': [{ hasMember: [{ reference: urn('nowhere') }] }] })
    expect(split(entry).setAside[0]?.detail).toMatch(/^`\?\[0\]\.hasMember\[0\]`/)
  })

  it('takes the first of two with the same type and id', () => {
    const { items, setAside } = split(
      observation({ status: 'final' }, 'same'),
      observation({ status: 'amended' }, 'same'),
    )
    expect(items[0]?.resource).toContain('final')
    expect(setAside).toMatchObject([{ index: 2, code: 'duplicate', sourceId: 'same' }])
  })

  it('has the same canonical text for another spelling', () => {
    const [one, two] = [observation({ a: 1, b: 2 }, 'x'), observation({ b: 2, a: 1 }, 'x')].map(
      (entry) => split(entry).items[0]?.canonical,
    )
    expect(one).toBe(two)
  })
})

describe('chunks', () => {
  it('hold at most 100 items', () => {
    const { items } = split(...Array.from({ length: 250 }, () => observation()))
    expect(chunkItems(items).map((chunk) => chunk.length)).toEqual([MAX_CHUNK_ITEMS, MAX_CHUNK_ITEMS, 50])
  })

  it('hold at most 256 KiB as an event carries them', () => {
    const { items, setAside } = split(
      ...Array.from({ length: 12 }, () => observation({ note: [{ text: '"\u00e9'.repeat(25_000) }] })),
    )
    expect(setAside).toEqual([])
    const chunks = chunkItems(items)
    expect(chunks.flat()).toEqual(items)
    for (const chunk of chunks) {
      const bytes = Buffer.byteLength(
        JSON.stringify(chunk.map(({ resource, performers, references }) => ({ resource, performers, references }))),
      )
      expect(bytes).toBeLessThan(MAX_CHUNK_BYTES)
    }
  })

  it('are none for a bundle of only a patient', () => {
    expect(chunkItems(split().items)).toEqual([])
  })
})

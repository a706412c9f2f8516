import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ImportId, PatientId } from '@wellgate/shared/contracts/ids'
import { importReceived } from '@wellgate/shared/contracts/interop/events'
import { patientImportApplied } from '@wellgate/shared/contracts/patients/events'
import { startTestService, type RunningTestService } from '@wellgate/shared/testing/service'
import { interopService } from '../src/service.ts'
import { bundleOf, entryOf, patientEntry, smallBundle } from './bundles.ts'
import { answer, answerAll, everythingStored, read, replayAll, send, sentOf, snapshot } from './importing.ts'

let service: RunningTestService

beforeAll(async () => {
  service = await startTestService(interopService)
})
afterAll(() => service.stop())

describe('an import', () => {
  it('is split, sent on, answered and completed', async () => {
    const { bundle, height, encounter, patient: sender } = smallBundle()
    const importId = await send(service, bundle)
    const sent = await sentOf(service, importId)
    const { patientId } = await read(service, importId)
    expect(
      sent.map(({ key, aggregateVersion, payload }) => [key, aggregateVersion, payload.chunk, payload.items.length]),
    ).toEqual([
      [patientId, 0, 0, 1],
      [patientId, 1, 1, 4],
    ])
    const [patient, resources] = sent
    expect(patient?.payload.items[0]).toMatchObject({ id: patientId, type: 'Patient', index: 0 })
    const byIndex = new Map(resources?.payload.items.map((item) => [item.index, item]))
    const [visit, observation] = [byIndex.get(3), byIndex.get(4)]
    expect(visit).toMatchObject({
      type: 'Encounter',
      encounterId: null,
      performers: ['Dr. June Kassulke', 'LAHEY HOSPITAL'],
    })
    expect(observation).toMatchObject({ encounterId: visit?.id, sourceHash: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(observation?.links).toEqual({
      [encounter.fullUrl]: `Encounter/${visit?.id}`,
      [sender.fullUrl]: `Patient/${patientId}`,
    })
    expect(JSON.parse(observation?.resource ?? '')).toEqual(height.resource)

    expect(await read(service, importId)).toMatchObject({ state: 'running', counts: { Claim: { setAside: 1 } } })
    if (patient) await answer(service, patient, () => ({ outcome: 'created' }))
    expect(await read(service, importId)).toMatchObject({ state: 'running', counts: { Patient: { created: 1 } } })
    if (resources) {
      await answer(service, resources, ({ type }) =>
        type === 'Condition'
          ? { outcome: 'set-aside', code: 'no-code', detail: '`code`: expected a code' }
          : { outcome: 'created' },
      )
    }
    const { state, counts, setAside } = await read(service, importId)
    expect(state).toBe('completed')
    expect(counts).toEqual({
      Claim: { created: 0, unchanged: 0, updated: 0, setAside: 1 },
      Condition: { created: 0, unchanged: 0, updated: 0, setAside: 1 },
      Encounter: { created: 1, unchanged: 0, updated: 0, setAside: 0 },
      Observation: { created: 2, unchanged: 0, updated: 0, setAside: 0 },
      Organization: { created: 0, unchanged: 0, updated: 0, setAside: 1 },
      Patient: { created: 1, unchanged: 0, updated: 0, setAside: 0 },
      Practitioner: { created: 0, unchanged: 0, updated: 0, setAside: 1 },
    })
    expect(setAside.map(({ index }) => index)).toEqual([1, 2, 6, 7])
    expect(setAside[2]).toEqual({
      index: 6,
      type: 'Condition',
      sourceId: sourceIdAt(bundle, 6),
      code: 'no-code',
      detail: '`code`: expected a code',
    })
  })

  it('of a patient with as much text as a resource may have works too', async () => {
    // In JSON two bytes each, and four in the text of an event.
    const text = { status: 'generated', div: '"'.repeat(100_000) }
    const importId = await send(service, bundleOf([patientEntry(randomUUID(), { text })]))
    expect(await sentOf(service, importId)).toHaveLength(1)
    await answerAll(service, importId)
    expect((await read(service, importId)).state).toBe('completed')
  })

  it('of only a patient works too', async () => {
    const importId = await send(service, bundleOf([patientEntry()], 'collection'))
    expect(await sentOf(service, importId)).toHaveLength(1)
    await answerAll(service, importId)
    expect(await read(service, importId)).toMatchObject({
      state: 'completed',
      setAside: [],
      counts: { Patient: { created: 1 } },
    })
  })

  it('of many resources goes in several chunks and waits for all', async () => {
    const patient = patientEntry()
    const subject = { reference: patient.fullUrl }
    const importId = await send(
      service,
      bundleOf([patient, ...Array.from({ length: 230 }, () => entryOf('Observation', { subject }))]),
    )
    const sent = await sentOf(service, importId)
    expect(sent.map(({ payload }) => payload.items.length)).toEqual([1, 100, 100, 30])
    for (const each of sent.toReversed()) {
      expect((await read(service, importId)).state).toBe('running')
      await answer(service, each, () => ({ outcome: 'created' }))
    }
    expect(await read(service, importId)).toMatchObject({
      state: 'completed',
      counts: { Observation: { created: 230 } },
    })
  })

  it('again is a new import with the same ids and hashes, whatever the order of keys', async () => {
    const { bundle } = smallBundle()
    const shuffled = JSON.parse(JSON.stringify(bundle), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value,
    ) as unknown
    const imports = [await send(service, bundle), await send(service, JSON.stringify(shuffled, null, 2))]
    const [one, two] = await Promise.all(imports.map((id) => sentOf(service, id)))
    const facts = (sent: typeof one) =>
      sent?.flatMap(({ payload }) => payload.items.map(({ index, id, sourceHash }) => ({ index, id, sourceHash })))
    expect(imports[0]).not.toBe(imports[1])
    expect(facts(two)).toEqual(facts(one))
  })

  it('twice at once ends right', async () => {
    const { bundle } = smallBundle()
    const imports = await Promise.all([send(service, bundle), send(service, bundle)])
    const sent = await Promise.all(imports.map((id) => sentOf(service, id)))
    const idsOf = (events: (typeof sent)[number] | undefined) =>
      events?.flatMap(({ payload }) => payload.items.map(({ id }) => id))
    expect(idsOf(sent[1])).toEqual(idsOf(sent[0]))
    for (const id of imports) await answerAll(service, id)
    expect(await Promise.all(imports.map(async (id) => (await read(service, id)).state))).toEqual([
      'completed',
      'completed',
    ])
  })

  it('links to what the source has sent before', async () => {
    const { bundle, patient, encounter } = smallBundle()
    const first = await sentOf(service, await send(service, bundle))
    const later = entryOf('Observation', {
      subject: { reference: patient.fullUrl },
      encounter: { reference: `Encounter/${encounter.resource.id}` },
    })
    const second = await sentOf(service, await send(service, bundleOf([patient, later])))
    const visit = first.flatMap(({ payload }) => payload.items).find(({ type }) => type === 'Encounter')
    expect(second[1]?.payload.items[0]).toMatchObject({ encounterId: visit?.id })
  })

  it('never takes a resource for another patient than before', async () => {
    const { bundle, height, encounter } = smallBundle()
    await sentOf(service, await send(service, bundle))
    const other = patientEntry()
    const subject = { reference: other.fullUrl }
    const stolen = {
      ...height,
      resource: {
        ...height.resource,
        subject,
        encounter: { reference: `Encounter/${encounter.resource.id}` },
      },
    }
    const mine = entryOf('Observation', {
      subject,
      encounter: { reference: `Encounter/${encounter.resource.id}` },
    })
    const importId = await send(service, bundleOf([other, stolen, mine]))
    const sent = await sentOf(service, importId)
    expect(sent.map(({ payload }) => payload.items.map(({ index }) => index))).toEqual([[0], [2]])
    expect(sent[1]?.payload.items[0]?.encounterId).toBeNull()
    expect((await read(service, importId)).setAside).toMatchObject([{ index: 1, code: 'wrong-patient' }])
  })
})

describe('answers', () => {
  it('count once, whoever repeats them, and only from whom they are due', async () => {
    const importId = await send(service, smallBundle().bundle)
    const sent = await sentOf(service, importId)
    for (const each of sent) await answer(service, each, () => ({ outcome: 'created' }))
    const before = await read(service, importId)
    for (const each of sent) await answer(service, each, () => ({ outcome: 'updated' }))
    expect(await read(service, importId)).toEqual(before)
  })

  it('of strangers change nothing', async () => {
    const importId = await send(service, smallBundle().bundle)
    const [patient, resources] = await sentOf(service, importId)
    if (!patient || !resources) throw new Error('nothing was sent')
    const before = await snapshot(service)
    const { patientId } = resources.payload
    const results = [{ index: 3, outcome: 'created' as const }]
    const ids = { importId: patient.payload.importId, patientId }
    await service.publish(patientImportApplied, { ...ids, chunk: 1, results })
    await service.publish(patientImportApplied, { ...ids, chunk: 99, results })
    await service.publish(patientImportApplied, {
      ...ids,
      importId: ImportId.parse(randomUUID()),
      chunk: 0,
      results,
    })
    await service.publish(patientImportApplied, {
      ...ids,
      patientId: PatientId.parse(randomUUID()),
      chunk: 0,
      results,
    })
    expect(await snapshot(service)).toEqual(before)
  })

  it('that leave items out or add some still end every item once', async () => {
    const importId = await send(service, smallBundle().bundle)
    const [patient, resources] = await sentOf(service, importId)
    if (!patient || !resources) throw new Error('nothing was sent')
    await answer(service, patient, () => ({ outcome: 'unchanged' }))
    const items = resources.payload.items.map((item, at) => (at === 0 ? { ...item, index: 77 } : item))
    await answer(service, { ...resources, payload: { ...resources.payload, items } }, () => ({ outcome: 'updated' }))
    const { state, counts, setAside } = await read(service, importId)
    expect(state).toBe('completed')
    expect(counts['Encounter']).toEqual({ created: 0, unchanged: 0, updated: 0, setAside: 1 })
    expect(setAside.find(({ index }) => index === 3)).toMatchObject({ code: 'unanswered' })
  })
})

describe('replays', () => {
  it.each(['kept', 'lost'] as const)('of every event change nothing (inbox %s)', async (inbox) => {
    const done = await send(service, smallBundle().bundle)
    await answerAll(service, done)
    await send(service, smallBundle().bundle)
    await service.processed()
    const [before, sent] = [await snapshot(service), (await service.published(importReceived)).length]
    await replayAll(service, inbox)
    expect(await snapshot(service)).toEqual(before)
    expect(await service.published(importReceived)).toHaveLength(sent)
    expect(await sentOf(service, done)).toHaveLength(2)
  })
})

describe('what is stored', () => {
  it('shows nothing of the patient', async () => {
    const secrets = ['Testpatient', '1970-01-02', 'Hypertension', 'Kassulke', 'LAHEY', 'patient-4711', 'ZETA-9']
    const { bundle, entries } = smallBundle('patient-4711')
    const strange = entryOf('Observation', { subject: { reference: 'Patient/ZETA-9' } }, 'ZETA-9')
    const importId = await send(service, { ...bundle, entry: [...entries, strange] })
    const [, resources] = await sentOf(service, importId)
    if (resources)
      await answer(service, resources, () => ({
        outcome: 'set-aside',
        code: 'no-code',
        detail: '`code`: expected a code',
      }))
    const bytes = await everythingStored(service)
    expect(bytes.includes('general-hospital')).toBe(true)
    expect(secrets.filter((secret) => bytes.includes(secret))).toEqual([])
    const ids = entries.map(({ resource }) => resource.id)
    expect(ids.filter((id) => bytes.includes(id))).toEqual([])
  })
})

const resourcesOf = (bundle: Record<string, unknown>) =>
  (bundle['entry'] as { resource: { id: string } }[]).map(({ resource }) => resource)
const sourceIdAt = (bundle: Record<string, unknown>, index: number) => resourcesOf(bundle)[index]?.id

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { importPatient } from '@wellgate/shared/contracts/interop/events'
import { patientChanged, patientImportApplied, patientRegistered } from '@wellgate/shared/contracts/patients/events'
import { withTx } from '@wellgate/shared/db/tx'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { applyImport } from '../src/import/import-patient.ts'
import { createPatientRepository, type PatientRepository } from '../src/patient/patient-repository.ts'
import { createSearchKeys } from '../src/patient/search-keys.ts'
import { ada, at, importOf, sendImport, start } from './support.ts'

const synthea = readFileSync(new URL('./fixtures/synthea-wyman.json', import.meta.url), 'utf8')
const minimal = { resourceType: 'Patient', name: [{ family: 'Doe' }], birthDate: '1970', gender: 'male' }

let service: RunningTestService
let staff: ReturnType<typeof at>
let patients: PatientRepository
beforeAll(async () => {
  service = await start()
  staff = at(service)
  const { platform } = service.running
  const keys = createSearchKeys((label, bits) => platform.blindIndex(label, bits))
  patients = createPatientRepository({ sealer: platform.sealer, keys })
})
afterAll(() => service.stop())

const resultsOf = async (importId: string) =>
  (await service.published(patientImportApplied))
    .filter(({ payload }) => payload.importId === importId)
    .flatMap(({ payload }) => payload.results)
const eventsOf = async (id: string) => [
  ...(await service.published(patientRegistered))
    .filter(({ key }) => key === id)
    .map((event) => ['registered', event.aggregateVersion]),
  ...(await service.published(patientChanged))
    .filter(({ key }) => key === id)
    .map((event) => ['changed', event.aggregateVersion]),
]

/** An import as the consumer hands it to the use case. */
const eventOf = (patientId: string, resource: object) => ({
  type: importPatient.type,
  version: 1,
  id: randomUUID(),
  key: patientId,
  aggregateVersion: 1,
  time: '2026-11-23T00:00:00Z',
  payload: importOf(resource, { patientId }),
})

describe('importing a patient', () => {
  it('creates the patient under interop’s id, with everything that the resource says', async () => {
    const { importId, patientId } = await sendImport(service, synthea, { index: 3 })
    expect(await resultsOf(importId)).toEqual([{ index: 3, outcome: 'created' }])
    const { body } = await staff.read(patientId)
    expect(body).toMatchObject({
      id: patientId,
      mrn: expect.stringMatching(/^WG\d{9}$/),
      name: { family: 'Wyman', given: ['Alfreda'], prefix: ['Mrs.'] },
      birthDate: '1980-10-28',
      gender: 'female',
      addresses: [
        {
          line: ['924 Osinski Meadow'],
          city: 'Wilmington',
          state: 'Massachusetts',
          postalCode: '01887',
          country: 'US',
        },
      ],
      telecoms: [{ system: 'phone', value: '555-397-1190', use: 'home' }],
      version: 1,
    })
    expect(body.identifiers).toHaveLength(5)
    expect(await eventsOf(patientId)).toEqual([['registered', 1]])
  })

  it('leaves what has not changed', async () => {
    const first = await sendImport(service, minimal)
    const { body } = await staff.read(first.patientId)
    const again = await sendImport(service, minimal, { patientId: first.patientId })
    expect(await resultsOf(again.importId)).toEqual([{ index: 0, outcome: 'unchanged' }])
    expect((await staff.read(first.patientId)).body).toEqual(body)
    expect(await eventsOf(first.patientId)).toEqual([['registered', 1]])
  })

  it('takes over what the source has changed', async () => {
    const { patientId } = await sendImport(service, minimal)
    const { body: before } = await staff.read(patientId)
    const changed = await sendImport(service, { ...minimal, birthDate: '1970-05-06' }, { patientId })
    expect(await resultsOf(changed.importId)).toEqual([{ index: 0, outcome: 'updated' }])
    expect((await staff.read(patientId)).body).toEqual({ ...before, birthDate: '1970-05-06', version: 2 })
    expect(await eventsOf(patientId)).toEqual([
      ['registered', 1],
      ['changed', 2],
    ])
  })

  it('does not overwrite what was corrected here', async () => {
    const { patientId } = await sendImport(service, minimal)
    await staff.update(patientId, 1, { birthDate: '1970-01-01' })
    const same = await sendImport(service, minimal, { patientId })
    expect(await resultsOf(same.importId)).toEqual([{ index: 0, outcome: 'unchanged' }])
    const changed = await sendImport(service, { ...minimal, birthDate: '1971' }, { patientId })
    expect(await resultsOf(changed.importId)).toMatchObject([{ outcome: 'set-aside', code: 'locally-changed' }])
    expect((await staff.read(patientId)).body).toMatchObject({ birthDate: '1970-01-01', version: 2 })
  })

  it.each([
    [{ birthDate: '1970-02-30' }, 'birthDate: expected a calendar date'],
    [{ birthDate: '2099-01-01' }, 'birthDate: expected a day not after today and not more than 130 years ago'],
    [{ birthDate: '1700-01-01' }, 'birthDate: expected a day not after today and not more than 130 years ago'],
    [{ gender: 'M' }, 'gender: expected one of male, female, other, unknown'],
    [{ name: [{ family: 'Zq'.repeat(5_000) }] }, 'name[0].family: expected at most 400 characters'],
    [{ identifier: [{ value: 'Zq\ud83c' }] }, 'identifier[0].value: expected text in whole characters'],
  ])('sets aside %#, naming the field and never the value', async (fields, detail) => {
    const { importId, patientId } = await sendImport(service, { ...minimal, ...fields })
    expect(await resultsOf(importId)).toEqual([{ index: 0, outcome: 'set-aside', code: 'invalid-resource', detail }])
    expect((await staff.read(patientId)).status).toBe(404)
    expect(await eventsOf(patientId)).toEqual([])
  })

  it('names a few of many refusals', async () => {
    const telecom = Array.from({ length: 50 }, () => ({ value: 7 }))
    const { importId } = await sendImport(service, { ...minimal, telecom })
    const [result] = await resultsOf(importId)
    expect(result?.detail).toMatch(/^telecom\[0\]\.value: expected text; .*; and 45 more$/)
  })

  it('creates both of two patients with one identifier: the same person may come from two sources', async () => {
    const identifier = [{ system: 'urn:oid:9.9', value: randomUUID() }]
    const first = await sendImport(service, { ...minimal, identifier })
    const second = await sendImport(service, { ...minimal, identifier })
    expect(await resultsOf(first.importId)).toEqual([{ index: 0, outcome: 'created' }])
    expect(await resultsOf(second.importId)).toEqual([{ index: 0, outcome: 'created' }])
    const third = await sendImport(service, minimal)
    const update = await sendImport(service, { ...minimal, identifier }, { patientId: third.patientId })
    expect(await resultsOf(update.importId)).toEqual([{ index: 0, outcome: 'updated' }])
    for (const { patientId } of [first, second, third]) {
      expect((await staff.read(patientId)).body.identifiers).toEqual(identifier)
    }
  })

  it('creates a patient whose identifier our front desk has registered, and lets it register what was imported', async () => {
    const [registered, imported] = [randomUUID(), randomUUID()].map((value) => [{ system: 'urn:oid:9.9', value }])
    expect((await staff.register({ ...ada, identifiers: registered })).status).toBe(201)
    const { importId } = await sendImport(service, { ...minimal, identifier: registered })
    expect(await resultsOf(importId)).toEqual([{ index: 0, outcome: 'created' }])

    const { patientId } = await sendImport(service, { ...minimal, identifier: imported })
    // A correction here does not make it ours.
    expect((await staff.update(patientId, 1, { gender: 'other' })).status).toBe(200)
    expect((await staff.register({ ...ada, identifiers: imported })).status).toBe(201)
    expect((await staff.register({ ...ada, identifiers: imported })).body.code).toBe('identifier-in-use')
  })

  it('has its effect once, though the event comes twice', async () => {
    const { importId, patientId } = await sendImport(service, minimal)
    await service.processed()
    // The log from its start again, as after a restore.
    const rewind = "update events.group_offset set next_offset = 0 where consumer_group = 'patients'"
    expect((await service.adminPool.query(rewind)).rowCount).toBeGreaterThan(0)
    await service.processed()
    expect(await resultsOf(importId)).toHaveLength(1)
    expect(await eventsOf(patientId)).toEqual([['registered', 1]])
  })

  it('creates both of two patients with one identifier that are imported at once', async () => {
    const { platform } = service.running
    const identifier = [{ system: 'urn:oid:9.9', value: randomUUID() }]
    const first = eventOf(randomUUID(), { ...minimal, identifier })
    const second = eventOf(randomUUID(), { ...minimal, identifier })
    // Both are written before either transaction ends.
    await withTx(platform.pool, async (tx) => {
      await applyImport(platform, patients, tx, first)
      await withTx(platform.pool, (other) => applyImport(platform, patients, other, second))
    })
    for (const { payload } of [first, second]) {
      expect(await resultsOf(payload.importId)).toEqual([{ index: 0, outcome: 'created' }])
    }
  })

  it('waits for a correction that is being made, and then does not overwrite it', async () => {
    const { platform } = service.running
    const { patientId } = await sendImport(service, minimal)
    const before = await patients.find(platform.pool, patientId)
    if (!before) throw new Error('not imported')
    const sealed = await patients.seal({ ...before, document: { ...before.document, gender: 'other' } })
    const event = eventOf(patientId, { ...minimal, birthDate: '1999' })
    const importing = await withTx(platform.pool, async (tx) => {
      await patients.update(tx, sealed, { version: 1, sourceHash: before.sourceHash, locallyChanged: true })
      const started = withTx(platform.pool, (other) => applyImport(platform, patients, other, event))
      await vi.waitFor(async () => {
        const { rowCount } = await service.adminPool.query(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
        expect(rowCount).toBe(1)
      })
      // Not awaited here: it goes on when this transaction has ended.
      return { started }
    })
    await importing.started
    expect(await resultsOf(event.payload.importId)).toMatchObject([{ outcome: 'set-aside', code: 'locally-changed' }])
    expect((await staff.read(patientId)).body).toMatchObject({ gender: 'other', birthDate: '1970', version: 2 })
  })

  it('leaves nothing behind when it fails half-way', async () => {
    const { platform } = service.running
    const patientId = randomUUID()
    const event = eventOf(patientId, minimal)
    let appended = 0
    const outbox: typeof platform.outbox = {
      append: (...of) => {
        if (++appended === 2) throw new Error('the answer to interop fails')
        return platform.outbox.append(...of)
      },
      appendMany: (...of) => platform.outbox.appendMany(...of),
    }
    const attempt = withTx(platform.pool, (tx) => applyImport({ outbox, now: platform.now }, patients, tx, event))
    await expect(attempt).rejects.toThrow('the answer to interop fails')
    expect((await staff.read(patientId)).status).toBe(404)
    expect(await eventsOf(patientId)).toEqual([])
    await withTx(platform.pool, (tx) => applyImport(platform, patients, tx, event))
    expect((await staff.read(patientId)).status).toBe(200)
  })
})

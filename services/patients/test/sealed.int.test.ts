import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { patientRegistered } from '@wellgate/shared/contracts/patients/events'
import { republish } from '@wellgate/shared/messaging/republish'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { createPatientRepository } from '../src/patient/patient-repository.ts'
import { patientRepublisher } from '../src/patient/republish.ts'
import { createSearchKeys } from '../src/patient/search-keys.ts'
import { at, sendImport, start } from './support.ts'

const SECRETS = ['Zyxwvu', 'Qwertzia', '1987-06-05', '555-8642', 'Hidden Lane', 'urn:oid:7.7.7', 'A-98765', 'Secretly']

const body = {
  name: { family: 'Zyxwvu', given: ['Qwertzia'] },
  birthDate: '1987-06-05',
  identifiers: [{ system: 'urn:oid:7.7.7', value: 'A-98765' }],
  addresses: [{ line: ['7 Hidden Lane'] }],
  telecoms: [{ system: 'phone', value: '555-8642' }],
}

let service: RunningTestService
let staff: ReturnType<typeof at>
const logs: string[] = []
beforeAll(async () => {
  service = await start({ logs: { write: (line: string) => void logs.push(line) } })
  staff = at(service)
})
afterAll(() => service.stop())

/** Every row of every table of the service, and of the transport, as text; bytes as they are and as hex. */
async function everything(): Promise<string> {
  const { rows: tables } = await service.adminPool.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('patients', 'patients_keys', 'events')",
  )
  const texts = []
  for (const { name } of tables) {
    const { rows } = await service.adminPool.query<{ row: string }>(`select t::text as row from ${name} t`)
    texts.push(`${name}:`, ...rows.map(({ row }) => row))
  }
  return texts.join('\n')
}

describe('what is stored', () => {
  it('holds no demographics in the clear, in any table or log', async () => {
    const { body: patient } = await staff.register(body, { 'idempotency-key': '0123456789-patients' })
    await staff.update(patient.id, 1, { name: { suffix: ['Secretly'] } })
    const resource = {
      resourceType: 'Patient',
      name: [{ family: 'Zyxwvu', given: ['Qwertzia'] }],
      birthDate: '1987-06-05',
    }
    await sendImport(service, resource)
    await sendImport(service, { ...resource, gender: 'Secretly' })
    await staff.search({ name: 'Zyxwvu Qwertzia', birthDate: '1987-06-05' })
    await service.processed()

    const stored = await everything()
    // The scan sees what is there: ids are in the clear.
    expect(stored.includes(patient.id)).toBe(true)
    const haystack = `${stored}\n${logs.join('')}`
    const forms = [...SECRETS, patient.mrn as string].flatMap((secret) => [
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('base64url').slice(0, -1),
    ])
    expect(forms.filter((form) => haystack.includes(form))).toEqual([])
    expect(logs.length).toBeGreaterThan(0)
  })

  it('cannot be taken back or rewritten by the service', async () => {
    const { pool } = service
    await expect(pool.query('delete from patient')).rejects.toThrow('permission denied')
    await expect(pool.query('delete from patient_history')).rejects.toThrow('permission denied')
    await expect(pool.query('update patient_history set version = 9')).rejects.toThrow('permission denied')
    await expect(pool.query('truncate patient')).rejects.toThrow('permission denied')
  })

  it('opens only in its own place', async () => {
    const first = (await staff.register({ ...body, identifiers: [] })).body
    const second = (await staff.register({ ...body, identifiers: [] })).body
    await service.adminPool.query(
      'update patients.patient set document = (select document from patients.patient where id = $1) where id = $2',
      [first.id, second.id],
    )
    expect((await staff.read(second.id)).status).toBe(500)
    expect((await staff.read(first.id)).status).toBe(200)
    await service.adminPool.query('delete from patients.patient_identifier where patient_id = $1', [second.id])
    await service.adminPool.query('delete from patients.patient_search_token where patient_id = $1', [second.id])
    await service.adminPool.query('delete from patients.patient where id = $1', [second.id])
  })
})

describe('republishing', () => {
  it('sends every patient again, at its present version', async () => {
    const { platform } = service.running
    const { body: patient } = await staff.register({ ...body, identifiers: [] })
    await staff.update(patient.id, 1, { birthDate: '1987-06-06' })
    const patients = createPatientRepository({
      sealer: platform.sealer,
      keys: createSearchKeys((label, bits) => platform.blindIndex(label, bits)),
    })
    const republisher = patientRepublisher(platform.pool, patients)
    const total = await republish({ pool: platform.pool, outbox: platform.outbox, republisher })
    expect(total).toBe((await service.adminPool.query('select from patients.patient')).rowCount)
    const sent = (await service.published(patientRegistered)).filter(({ key }) => key === patient.id)
    expect(sent.map((event) => [event.aggregateVersion, event.payload.birthDate])).toEqual([
      [1, '1987-06-05'],
      [2, '1987-06-06'],
    ])
  })
})

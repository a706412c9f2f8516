import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { patientRegistered } from '@wellgate/shared/contracts/patients/events'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { ada, at, readRoute, registerRoute, start } from './support.ts'

let service: RunningTestService
let staff: ReturnType<typeof at>
beforeAll(async () => {
  service = await start()
  staff = at(service)
})
afterAll(() => service.stop())

const idempotency = () => ({ 'idempotency-key': randomUUID() })
const countPatients = async () => (await service.adminPool.query('select from patients.patient')).rowCount

describe('registering a patient', () => {
  it('answers with the patient, a new MRN and an ETag, and tells others', async () => {
    const { status, headers, body } = await staff.register()
    expect(status).toBe(201)
    expect(headers.get('etag')).toBe('"1"')
    expect(body).toEqual({ ...ada, identifiers: [], id: body.id, mrn: expect.stringMatching(/^WG\d{9}$/), version: 1 })

    const again = await staff.register({ ...ada, gender: undefined })
    expect(again.body).toMatchObject({ gender: 'unknown' })
    expect(again.body.mrn).not.toBe(body.mrn)
    const event = (await service.published(patientRegistered)).find(({ key }) => key === body.id)
    expect(event).toMatchObject({ aggregateVersion: 1, payload: { patientId: body.id, birthDate: '1915-12-10' } })
  })

  it.each([
    [{ ...ada, birthDate: '1915-02-30' }, 'body.birthDate'],
    [{ ...ada, birthDate: '1915' }, 'body.birthDate'],
    [{ ...ada, birthDate: '2099-01-01' }, 'body.birthDate'],
    [{ ...ada, birthDate: '1700-01-01' }, 'body.birthDate'],
    [{ ...ada, name: { family: '  ', given: [] } }, 'body.name.family'],
    [{ ...ada, name: { family: 'x'.repeat(10_000), given: [] } }, 'body.name.family'],
    [{ ...ada, mrn: 'WG000000013' }, 'body.mrn'],
    [{ ...ada, gender: 'f' }, 'body.gender'],
    [{}, 'body.name'],
  ])('refuses %#, naming the field and not the value', async (body, field) => {
    const answer = await staff.register(body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ code: 'invalid-request' })
    expect(answer.body.fields.map((each: { field: string }) => each.field)).toContain(field)
    expect(JSON.stringify(answer.body)).not.toMatch(/xxxx|1915|2099|1700/)
  })

  it('is the front desk’s', async () => {
    for (const role of ['clinician', 'biller', 'auditor', 'admin'] as const) {
      expect((await staff.register(ada, {}, service.issueToken({ roles: [role] }))).status).toBe(403)
    }
    expect((await staff.register(ada, {}, service.issueToken({ patientId: randomUUID() }))).status).toBe(403)
    expect((await service.call(registerRoute, { body: ada })).status).toBe(401)
  })

  it('refuses an identifier that was registered for another patient, but not a shared number', async () => {
    const unique = { system: 'urn:oid:1.2.3', value: randomUUID() }
    const ssn = { system: 'http://hl7.org/fhir/sid/us-ssn', value: '999-99-9999' }
    const both = { ...ada, identifiers: [unique, ssn] }
    expect((await staff.register(both)).status).toBe(201)
    const second = await staff.register(both)
    expect(second.status).toBe(409)
    expect(second.body).toMatchObject({ code: 'identifier-in-use' })
    expect(JSON.stringify(second.body)).not.toContain(unique.value)
    expect((await staff.register({ ...ada, identifiers: [ssn] })).status).toBe(201)
    expect((await staff.register({ ...ada, identifiers: [{ ...unique, system: 'urn:oid:1.2.4' }] })).status).toBe(201)
  })
})

describe('registering with an Idempotency-Key', () => {
  it('gives the same patient for the same body, and 422 for another', async () => {
    const headers = idempotency()
    const first = await staff.register(ada, headers)
    const again = await staff.register(ada, headers)
    expect(again.status).toBe(201)
    expect(again.body).toEqual(first.body)
    const other = await staff.register({ ...ada, gender: 'other' }, headers)
    expect(other.status).toBe(422)
    expect(other.body).toMatchObject({ code: 'idempotency-key-reused' })
  })

  it('makes one patient of ten requests at once', async () => {
    const headers = idempotency()
    const before = await countPatients()
    const answers = await Promise.all(Array.from({ length: 10 }, () => staff.register(ada, headers)))
    const made = answers.filter(({ status }) => status === 201)
    expect(made.length).toBeGreaterThan(0)
    expect(new Set(made.map(({ body }) => body.id as string)).size).toBe(1)
    for (const { status } of answers) expect([201, 409]).toContain(status)
    expect(await countPatients()).toBe((before ?? 0) + 1)
    expect((await staff.register(ada, headers)).body.id).toBe(made[0]?.body.id)
  })
})

describe('reading a patient', () => {
  it('is for the patient, under the id or `me`, and for staff who need it', async () => {
    const { body: patient } = await staff.register()
    const own = service.issueToken({ patientId: patient.id })
    for (const reference of [patient.id, 'me']) {
      const answer = await staff.read(reference, own)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('etag')).toBe('"1"')
      expect(answer.body).toEqual(patient)
    }
    for (const role of ['front-desk', 'clinician', 'biller'] as const) {
      expect((await staff.read(patient.id, service.issueToken({ roles: [role] }))).body).toEqual(patient)
    }
  })

  it('answers another patient, and other staff, exactly as for an id that does not exist', async () => {
    const { body: patient } = await staff.register()
    const stranger = service.issueToken({ patientId: randomUUID() })
    const auditor = service.issueToken({ roles: ['auditor', 'admin'] })
    const bytes = async (id: string, token: string) => {
      const { status, headers, body } = await staff.read(id, token)
      const named = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')
      return JSON.stringify([status, named, { ...body, requestId: '' }])
    }
    const unknown = await bytes(randomUUID(), staff.frontDesk)
    expect(unknown).toContain('404')
    for (const token of [stranger, auditor]) {
      expect(await bytes(patient.id, token)).toBe(unknown)
      expect(await bytes(randomUUID(), token)).toBe(unknown)
    }
    expect((await staff.read('me')).status).toBe(404)
    expect((await service.call(readRoute, { params: { patientId: patient.id } })).status).toBe(401)
    expect((await staff.read('not-an-id')).status).toBe(400)
  })
})

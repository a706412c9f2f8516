import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROLES, type Role } from '@wellgate/shared/contracts/access-rule'
import { interopRoutes } from '@wellgate/shared/contracts/interop/routes'
import { startTestService, type RunningTestService } from '@wellgate/shared/testing/service'
import { interopService } from '../src/service.ts'
import { bundleOf, entryOf, patientEntry, smallBundle } from './bundles.ts'

const [createImport, readImport] = interopRoutes
const query = { source: 'general-hospital' }
let service: RunningTestService

beforeAll(async () => {
  service = await startTestService(interopService)
})
afterAll(() => service.stop())

const token = (...roles: Role[]): string => service.issueToken({ roles })
const post = (body: unknown, options: { token?: string; headers?: Record<string, string>; source?: string } = {}) =>
  service.call(createImport, {
    query: { source: options.source ?? query.source },
    body,
    token: options.token ?? token('admin'),
    headers: options.headers ?? {},
  })

async function countOf(table: string): Promise<number> {
  const { rows } = await service.adminPool.query<{ n: number }>(`select count(*)::int as n from interop.${table}`)
  return rows[0]?.n ?? -1
}
/** Rows that an import leaves, once what earlier tests sent is done with. */
async function stored(): Promise<number[]> {
  await service.processed()
  return Promise.all(
    ['crosswalk', 'import_job', 'received_bundle', 'import_chunk', 'outbox', 'parked_event'].map(countOf),
  )
}

describe('POST /v1/admin/imports', () => {
  it.each(['application/fhir+json', 'application/json', 'application/fhir+json; charset=utf-8'])(
    'takes %s',
    async (contentType) => {
      const answer = await post(smallBundle().bundle, { headers: { 'content-type': contentType } })
      expect(answer.status).toBe(202)
      expect(answer.body).toEqual({ id: expect.any(String) })
    },
  )

  it('names the patient in the audit entry', async () => {
    const { body } = await post(smallBundle().bundle)
    const { rows } = await service.adminPool.query(
      `select a.patient_id = i.patient_id as same, a.action, a.status from interop.audit_entry a
       join interop.import_job i on i.id = (a.detail->>'importId')::uuid where i.id = $1`,
      [body.id],
    )
    expect(rows).toEqual([{ same: true, action: 'create', status: 202 }])
  })

  it('takes a bundle of nearly 32 MiB', async () => {
    const { patient, entries } = smallBundle()
    const big = entryOf('Claim', { patient: { reference: patient.fullUrl }, note: 'x'.repeat(31 * 1024 * 1024) })
    expect((await post(bundleOf([...entries, big]))).status).toBe(202)
  })

  describe('refuses, and stores nothing', () => {
    const patient = patientEntry()
    it.each([
      ['no body', undefined, 400, 'not-json', ['body']],
      ['an empty body', '', 400, 'not-json', ['body']],
      ['what is not JSON', '{"resourceType": Bundle}', 400, 'not-json', ['body']],
      ['what is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'not-json', ['body']],
      ['another resource', patient.resource, 422, 'invalid-bundle', ['resourceType']],
      ['a bundle of search results', bundleOf([patient], 'searchset'), 422, 'invalid-bundle', ['type']],
      ['a bundle without entries', { resourceType: 'Bundle', type: 'transaction' }, 422, 'invalid-bundle', ['entry']],
      ['a bundle with no entry', bundleOf([]), 422, 'invalid-bundle', ['entry']],
      ['no patient', bundleOf([entryOf('Observation')]), 422, 'invalid-bundle', ['entry']],
      ['two patients', bundleOf([patient, patientEntry()]), 422, 'invalid-bundle', ['entry']],
      [
        'a patient without id',
        bundleOf([{ resource: { resourceType: 'Patient' } }]),
        422,
        'invalid-bundle',
        ['entry[0].resource.id'],
      ],
    ] as const)('%s', async (_, body, status, code, fields) => {
      const before = await stored()
      const answer = await post(
        body,
        body === undefined || body === '' ? { headers: { 'content-type': 'application/fhir+json' } } : {},
      )
      expect(answer).toMatchObject({ status, body: { code } })
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
      const named = (answer.body.fields ?? []) as { field: string; expected: string }[]
      expect(named.map(({ field }) => field)).toEqual(fields)
      expect(named.every(({ expected }) => expected !== '')).toBe(true)
      expect(await stored()).toEqual(before)
    })

    it('says where it is not JSON, and quotes nothing', async () => {
      const { body } = await post('{"resourceType": "Bundle",\n "family": Testpatient}')
      expect(JSON.stringify(body)).toContain('line 2, column 12')
      expect(JSON.stringify(body)).not.toContain('Testpatient')
    })

    it('33 MiB', async () => {
      const before = await stored()
      expect((await post('x'.repeat(33 * 1024 * 1024))).status).toBe(413)
      expect(await stored()).toEqual(before)
    })

    it.each(['text/plain', 'application/xml', 'application/fhir+xml'])('%s', async (contentType) => {
      expect(await post('<Bundle/>', { headers: { 'content-type': contentType } })).toMatchObject({
        status: 415,
        body: { fields: [{ field: 'headers.content-type', expected: 'application/fhir+json' }] },
      })
    })

    it('a source that is no slug, and none', async () => {
      expect((await post(smallBundle().bundle, { source: 'General Hospital' })).status).toBe(400)
      const none = await service.call(createImport, { body: smallBundle().bundle, token: token('admin') })
      expect(none).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
    })
  })

  it('is unmoved by __proto__ keys', async () => {
    const { bundle, patient } = smallBundle()
    const body = JSON.stringify(bundle).replace(
      '"resourceType":"Bundle"',
      '"__proto__":{"type":"x","polluted":true},"resourceType":"Bundle"',
    )
    const answer = await post(
      body.replace(`"id":"${patient.resource.id}"`, `"__proto__":{"id":1},"id":"${patient.resource.id}"`),
    )
    expect(answer.status).toBe(202)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('gives one patient one id, however many imports come at once', async () => {
    const { bundle } = smallBundle()
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(bundle)))
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(202))
    const ids = answers.map(({ body }) => body.id as string)
    expect(new Set(ids).size).toBe(6)
    const { rows } = await service.adminPool.query(
      'select distinct patient_id from interop.import_job where id = any($1)',
      [ids],
    )
    expect(rows).toHaveLength(1)
  })

  it('keeps the same id of another source apart', async () => {
    const { bundle } = smallBundle()
    const [one, two] = [await post(bundle), await post(bundle, { source: 'county-clinic' })]
    const { rows } = await service.adminPool.query(
      'select distinct patient_id from interop.import_job where id = any($1)',
      [[one.body.id, two.body.id]],
    )
    expect(rows).toHaveLength(2)
  })
})

describe('GET /v1/admin/imports/{importId}', () => {
  it('tells how it stands, and whose it is to the audit', async () => {
    const { body } = await post(smallBundle().bundle)
    const answer = await service.call(readImport, { params: { importId: body.id }, token: token('front-desk') })
    expect(answer).toMatchObject({ status: 200, body: { id: body.id, patientId: expect.any(String) } })
    const { rows } = await service.adminPool.query(
      "select 1 from interop.audit_entry where action = 'read' and patient_id = $1",
      [answer.body.patientId],
    )
    expect(rows).toHaveLength(1)
  })

  it('answers 404 for one that is not there, 400 for what is no id', async () => {
    const unknown = await service.call(readImport, { params: { importId: randomUUID() }, token: token('admin') })
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not-found' } })
    const wrong = await service.call(readImport, { params: { importId: "1' or '1'='1" }, token: token('admin') })
    expect([400, 404]).toContain(wrong.status)
  })
})

describe('roles', () => {
  const may = new Set<Role>(['front-desk', 'admin'])

  it.each(ROLES)('%s', async (role) => {
    const { body } = await post(smallBundle().bundle)
    const created = await post(smallBundle().bundle, { token: token(role) })
    const read = await service.call(readImport, { params: { importId: body.id }, token: token(role) })
    expect([created.status, read.status]).toEqual(may.has(role) ? [202, 200] : [403, 403])
  })

  it('not patients, and not strangers', async () => {
    const before = await stored()
    const patient = service.issueToken({ patientId: randomUUID() })
    expect((await post(smallBundle().bundle, { token: patient })).status).toBe(403)
    expect((await service.call(createImport, { query, body: smallBundle().bundle })).status).toBe(401)
    expect((await service.call(readImport, { params: { importId: randomUUID() } })).status).toBe(401)
    expect((await service.call(readImport, { params: { importId: randomUUID() }, token: patient })).status).toBe(403)
    expect(await stored()).toEqual(before)
  })
})

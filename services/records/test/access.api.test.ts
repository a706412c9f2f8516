import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordsRoutes } from '@wellgate/shared/contracts/records/routes'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { at, observation, start } from './support.ts'

let service: RunningTestService
let chart: ReturnType<typeof at>
let patientId: string
beforeAll(async () => {
  service = await start()
  chart = at(service)
  ;({ patientId } = await chart.importAll([observation()]))
})
afterAll(() => service.stop())

describe.each(recordsRoutes.map((route) => [route.id, route] as const))('%s', (id, route) => {
  const statusFor = async (token: string | undefined, of = patientId) =>
    (await service.call(route, { params: { patientId: of }, ...(token === undefined ? {} : { token }) })).status

  it('is for the patient and for clinicians', async () => {
    expect(await statusFor(service.issueToken({ patientId }))).toBe(200)
    expect(await statusFor(service.issueToken({ patientId }), 'me')).toBe(200)
    expect(await statusFor(chart.clinician)).toBe(200)
    for (const role of ['front-desk', 'biller', 'auditor', 'admin'] as const) {
      expect(await statusFor(service.issueToken({ roles: [role] }))).toBe(404)
    }
    expect(await statusFor(service.issueToken({ patientId: randomUUID() }))).toBe(404)
    expect(await statusFor(undefined)).toBe(401)
    expect(await statusFor('forged')).toBe(401)
  })

  it('answers a foreign patient, an unknown one and `me` of staff with the same bytes', async () => {
    const bytes = async (token: string, of: string) => {
      const { status, body } = await service.call(route, { params: { patientId: of }, token })
      expect(status).toBe(404)
      return JSON.stringify({ ...body, requestId: null, instance: null })
    }
    const stranger = service.issueToken({ patientId: randomUUID() })
    const foreign = await bytes(stranger, patientId)
    expect(await bytes(stranger, randomUUID())).toBe(foreign)
    expect(await bytes(chart.clinician, randomUUID())).toBe(foreign)
    expect(await bytes(chart.clinician, 'me')).toBe(foreign)
    expect(foreign).not.toContain(patientId)
  })

  it('is empty for a patient of whom nothing was imported', async () => {
    const own = randomUUID()
    const { status, body } = await chart.read(id, own, {}, service.issueToken({ patientId: own }))
    expect(status).toBe(200)
    if (id === 'records.read-summary') {
      expect(body).toMatchObject({ patientId: own, problems: [], vitals: [] })
      expect(Object.values(body.counts)).toEqual(Array.from({ length: 10 }, () => 0))
    } else expect(body).toEqual({ items: [], next: null })
  })

  it('refuses what is no id', async () => {
    expect(await statusFor(chart.clinician, 'not-a-uuid')).toBe(400)
  })
})

it('leaves one audit entry for each read, allowed or not', async () => {
  const sql = 'select decision, count(*)::int as count from records.audit_entry group by decision order by decision'
  const counted = async () =>
    Object.fromEntries(
      (await service.adminPool.query<{ decision: string; count: number }>(sql)).rows.map(({ decision, count }) => [
        decision,
        count,
      ]),
    )
  const before = await counted()
  await chart.read('records.read-summary', patientId)
  await chart.read('records.list-goals', patientId, {}, service.issueToken({ patientId: randomUUID() }))
  expect(await counted()).toEqual({ allow: (before['allow'] ?? 0) + 1, deny: (before['deny'] ?? 0) + 1 })
})

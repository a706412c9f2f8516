import { randomUUID } from 'node:crypto'
import { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import { FacilityId, type PatientId } from '@wellgate/shared/contracts/ids'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkResource } from '../src/chart/check-resource.ts'
import { at, newPatient, start } from './support.ts'

let service: RunningTestService
let chart: ReturnType<typeof at>
beforeAll(async () => {
  service = await start()
  chart = at(service)
})
afterAll(() => service?.stop())

const visitOf = (patientId: PatientId) => ({
  appointmentId: randomUUID(),
  patientId,
  providerId: randomUUID(),
  providerName: 'Dr. Ruth Abara',
  facilityId: FacilityId.parse(randomUUID()),
  facilityName: 'Alder Street Clinic',
  visitTypeId: randomUUID(),
  visitTypeName: 'CANARY check-up',
  start: '2026-03-10T13:00:00.000Z',
  end: '2026-03-10T13:30:00.000Z',
  encounterId: randomUUID(),
  priceCode: 'VISIT-30',
})

it('files the encounter of a visit, and shows it among the others', async () => {
  const patientId = newPatient()
  const visit = visitOf(patientId)
  await service.publish(visitCompleted, visit, { aggregateVersion: 5 })
  const { status, body } = await chart.read('records.list-encounters', patientId)
  expect(status).toBe(200)
  expect(body.items).toEqual([
    {
      id: visit.encounterId,
      status: 'finished',
      category: ['AMB'],
      code: { text: 'CANARY check-up', codings: [] },
      clinicalTime: visit.start,
      encounterId: null,
      performers: ['Dr. Ruth Abara'],
      source: 'local',
      version: 1,
      class: 'AMB',
      period: { start: visit.start, end: visit.end },
      reasons: [],
      facility: 'Alder Street Clinic',
    },
  ])
  const { body: summary } = await chart.read('records.read-summary', patientId)
  expect(summary.encounters).toMatchObject([{ id: visit.encounterId }])
  const { body: filtered } = await chart.read('records.list-encounters', patientId, { category: 'AMB' })
  expect(filtered.items).toHaveLength(1)
})

it('files it once, however often it is told', async () => {
  const patientId = newPatient()
  const visit = visitOf(patientId)
  for (const aggregateVersion of [5, 5, 6]) await service.publish(visitCompleted, visit, { aggregateVersion })
  await service.publish(visitCompleted, visitOf(patientId), { aggregateVersion: 5 })
  const { body } = await chart.read('records.list-encounters', patientId)
  expect(body.items).toHaveLength(2)
  const { rows } = await service.adminPool.query(
    'select source, source_hash, version from records.encounter where patient_id = $1',
    [patientId],
  )
  const stored = { source: 'local', source_hash: null, version: 1 }
  expect(rows).toEqual([stored, stored])
})

it('seals what kind of visit it was, and keeps FHIR that an import would take', async () => {
  const { rows } = await service.adminPool.query(`select string_agg(e::text, '') as all from records.encounter e`)
  expect(rows[0].all).not.toContain('CANARY')
  expect(rows[0].all).not.toContain(Buffer.from('CANARY').toString('hex'))
  const { platform } = service.running
  const { rows: stored } = await platform.pool.query<{ id: string; patient_id: string; document: Buffer }>(
    'select id, patient_id, document from encounter',
  )
  for (const { id, patient_id: patient, document } of stored) {
    const place = { table: 'encounter', column: 'document', row: id, patient }
    const { resource } = await platform.sealer.openValue<{ resource: unknown }>(place, document)
    expect(checkResource('Encounter', JSON.stringify(resource))).toMatchObject({ ok: true })
  }
})

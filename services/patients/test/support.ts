import { createHash, randomUUID } from 'node:crypto'
import { patientsRoutes } from '@wellgate/shared/contracts/patients/routes'
import { importPatient } from '@wellgate/shared/contracts/interop/events'
import { ImportId, PatientId } from '@wellgate/shared/contracts/ids'
import type { CallOptions } from '@wellgate/shared/testing/call'
import { type RunningTestService, startTestService } from '@wellgate/shared/testing/service'
import { patientsService } from '../src/service.ts'

export const [registerRoute, searchRoute, readRoute, updateRoute] = patientsRoutes

export const start = (
  ...options: Parameters<typeof startTestService> extends [unknown, ...infer Rest] ? Rest : never
) => startTestService(patientsService, ...options)

export const ada = {
  name: { family: 'Lovelace', given: ['Ada', 'Augusta'] },
  birthDate: '1915-12-10',
  gender: 'female',
  addresses: [{ line: ['12 St James Square'], city: 'London' }],
  telecoms: [{ system: 'phone', value: '555-0100' }],
}

const as = (token: string, options: CallOptions = {}): CallOptions => ({ ...options, token })

/** What the tests do again and again, as staff. */
export function at(service: RunningTestService) {
  const frontDesk = service.issueToken({ roles: ['front-desk'] })
  return {
    frontDesk,
    register: (body: unknown = ada, headers: Record<string, string> = {}, token = frontDesk) =>
      service.call(registerRoute, as(token, { body, headers })),
    search: (body: unknown, token = frontDesk) => service.call(searchRoute, as(token, { body })),
    read: (patientId: string, token = frontDesk) => service.call(readRoute, as(token, { params: { patientId } })),
    update: (patientId: string, version: number, body: unknown, token = frontDesk) =>
      service.call(updateRoute, as(token, { params: { patientId }, body, headers: { 'if-match': `"${version}"` } })),
  }
}

/** The Patient of an import as interop sends it on. */
export function importOf(resource: object | string, options: { patientId?: string; index?: number } = {}) {
  const text = typeof resource === 'string' ? resource : JSON.stringify(resource)
  const patientId = PatientId.parse(options.patientId ?? randomUUID())
  const item = {
    index: options.index ?? 0,
    type: 'Patient' as const,
    id: patientId,
    sourceHash: createHash('sha256').update(text).digest('hex'),
    resource: text,
    performers: [],
    encounterId: null,
    links: {},
  }
  return { importId: ImportId.parse(randomUUID()), patientId, source: 'general-hospital', chunk: 0, items: [item] }
}

/** Sends it, and gives the ids that it went under. */
export async function sendImport(service: RunningTestService, ...of: Parameters<typeof importOf>) {
  const payload = importOf(...of)
  await service.publish(importPatient, payload)
  return { importId: payload.importId, patientId: payload.patientId }
}

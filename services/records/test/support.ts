import { createHash, randomUUID } from 'node:crypto'
import { CLINICAL_TYPES, type ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { importPatient, importResources } from '@wellgate/shared/contracts/interop/events'
import { ImportId, PatientId } from '@wellgate/shared/contracts/ids'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import { resourcesImportApplied } from '@wellgate/shared/contracts/records/events'
import { recordsRoutes } from '@wellgate/shared/contracts/records/routes'
import { type RunningTestService, startTestService } from '@wellgate/shared/testing/service'
import { recordsService } from '../src/service.ts'

export type Json = Record<string, unknown>
export type Chunk = PayloadOf<typeof importResources>
export type Item = Chunk['items'][number]
type RouteId = (typeof recordsRoutes)[number]['id']

export const start = (
  ...options: Parameters<typeof startTestService> extends [unknown, ...infer Rest] ? Rest : never
) => startTestService(recordsService, ...options)

export const routeOf = (id: RouteId) => {
  const route = recordsRoutes.find((each) => each.id === id)
  if (!route) throw new Error(`no route ${id}`)
  return route
}

export const concept = (code: string, text = `The ${code}`, system = 'http://loinc.org') => ({
  coding: [{ system, code, display: `Display of ${code}` }],
  text,
})

export const observation = (fields: Json = {}): Json => ({
  resourceType: 'Observation',
  status: 'final',
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: concept('4548-4'),
  effectiveDateTime: '2020-01-02T03:04:05+02:00',
  valueQuantity: { value: 6.1, unit: '%', code: '%' },
  ...fields,
})

const isClinical = (type: unknown): type is ClinicalType => CLINICAL_TYPES.some((each) => each === type)

/** An item as interop sends it. Text is sent as it is, as an Observation. */
export function itemOf(resource: Json | string, more: Partial<Item> = {}): Item {
  const text = typeof resource === 'string' ? resource : JSON.stringify(resource)
  const type = typeof resource === 'string' ? 'Observation' : resource['resourceType']
  if (!isClinical(type)) throw new Error('not a clinical resource')
  return {
    index: 0,
    type,
    id: randomUUID(),
    sourceHash: createHash('sha256').update(text).digest('hex'),
    resource: text,
    performers: ['Dr. June Kassulke'],
    encounterId: null,
    links: {},
    ...more,
  }
}

export const newPatient = (): PatientId => PatientId.parse(randomUUID())

/** What the tests do again and again. */
export function at(service: RunningTestService) {
  const clinician = service.issueToken({ roles: ['clinician'] })
  const send = async (items: readonly Item[], patientId = newPatient(), source = 'general-hospital') => {
    const importId = ImportId.parse(randomUUID())
    const chunk = { importId, patientId, source, chunk: 0, items: items.map((item, index) => ({ ...item, index })) }
    await service.publish(importResources, chunk)
    return chunk
  }
  return {
    clinician,
    send,
    /** Imports resources, in the order given. */
    importAll: (resources: readonly (Json | string)[], patientId = newPatient()) =>
      send(
        resources.map((resource) => itemOf(resource)),
        patientId,
      ),
    importPatient: async (patientId: PatientId) => {
      const { index, ...item } = itemOf(observation())
      const importId = ImportId.parse(randomUUID())
      const items = [{ ...item, index, type: 'Patient' as const, id: patientId, resource: '{}' }]
      await service.publish(importPatient, { importId, patientId, source: 'general-hospital', chunk: 0, items })
    },
    resultsOf: async (importId: string) =>
      (await service.published(resourcesImportApplied))
        .filter(({ payload }) => payload.importId === importId)
        .flatMap(({ payload }) => payload.results),
    read: (id: RouteId, patientId: string, query: Record<string, string | number> = {}, token = clinician) =>
      service.call(routeOf(id), { params: { patientId }, query, token }),
  }
}

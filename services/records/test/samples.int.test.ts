import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLINICAL_TYPES, type ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { recordsRoutes } from '@wellgate/shared/contracts/records/routes'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { KIND_OF } from '../src/chart/kinds.ts'
import { at, itemOf, newPatient, start, type Item, type Json } from './support.ts'

// Synthea bundles; SAMPLES_DIR, or ../shared/samples beside the project, as for the journey in e2e.
const base = process.env['SAMPLES_DIR'] ?? fileURLToPath(new URL('../../../../shared/samples', import.meta.url))
const folder = existsSync(join(base, 'fhir')) ? join(base, 'fhir') : base
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
if (files.length === 0 && process.env['WELLGATE_REQUIRE_ALL'] === '1') throw new Error(`no sample bundles in ${folder}`)

const isClinical = (type: unknown): type is ClinicalType => CLINICAL_TYPES.some((each) => each === type)

/** The clinical resources of a bundle as items, ids given at random. */
function itemsOf(file: string): Item[] {
  const { entry } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    entry: { fullUrl: string; resource: Json }[]
  }
  const ids = new Map(entry.map(({ fullUrl }) => [fullUrl, randomUUID()]))
  return entry
    .filter(({ resource }) => isClinical(resource['resourceType']))
    .map(({ fullUrl, resource }) => {
      const of = (reference: unknown) => ids.get((reference as { reference?: string } | undefined)?.reference ?? '')
      const results = (resource['result'] as { reference: string }[] | undefined) ?? []
      return itemOf(resource, {
        id: ids.get(fullUrl) ?? '',
        encounterId: of(resource['encounter']) ?? null,
        links: Object.fromEntries(results.map((each) => [each.reference, `Observation/${of(each)}`])),
      })
    })
}

describe.skipIf(files.length === 0)(
  `sample bundles (${files.length === 0 ? 'none found: set SAMPLES_DIR' : folder})`,
  () => {
    let service: RunningTestService
    let chart: ReturnType<typeof at>
    beforeAll(async () => {
      service = await start()
      chart = at(service)
    })
    afterAll(() => service.stop())

    async function readAll(id: (typeof recordsRoutes)[number]['id'], patientId: string): Promise<Json[]> {
      const items: Json[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body } = await chart.read(id, patientId, { limit: 100, ...(cursor ? { cursor } : {}) })
        items.push(...(body.items as Json[]))
        cursor = body.next
      }
      return items
    }

    it.each(files.length > 0 ? files : ['(no bundle)'])('%s is shown whole', async (file) => {
      const items = itemsOf(file)
      const patientId = newPatient()
      const chunks = Array.from({ length: Math.ceil(items.length / 100) }, (_, n) =>
        items.slice(n * 100, n * 100 + 100),
      )
      for (const chunk of chunks) {
        const { importId } = await chart.send(chunk, patientId)
        expect((await chart.resultsOf(importId)).filter(({ outcome }) => outcome !== 'created')).toEqual([])
      }

      const lists = recordsRoutes.filter(({ id }) => id !== 'records.read-summary')
      const shown = new Map<unknown, Json>()
      for (const { id } of lists) for (const item of await readAll(id, patientId)) shown.set(item['id'], item)
      expect(shown.size).toBe(items.length)

      for (const item of items) {
        const resource = JSON.parse(item.resource) as Json
        const view = shown.get(item.id) ?? {}
        expect(view).toMatchObject({ encounterId: item.encounterId, performers: item.performers, version: 1 })
        // Nothing of Synthea is nameless or timeless.
        expect((view['code'] as Json)['text']).not.toBe('')
        if (item.type !== 'Goal') expect(view['clinicalTime']).toEqual(expect.any(String))
        if (item.type === 'Observation') expect(valuesOf(view)).toEqual(sentValuesOf(resource))
        if (item.type === 'DiagnosticReport') {
          expect((view['results'] as Json[]).map(({ observationId }) => observationId)).toEqual(
            Object.values(item.links).map((link) => link.split('/')[1]),
          )
        }
      }

      const { body } = await chart.read('records.read-summary', patientId)
      const kinds = items.map(({ type }) => KIND_OF[type])
      expect(Object.values<number>(body.counts).reduce((sum, count) => sum + count, 0)).toBe(items.length)
      expect(body.counts.observations).toBe(kinds.filter((kind) => kind === 'observation').length)
    })
  },
)

/** Number and unit, or text, of a value and its components: as shown, and as sent. */
function valuesOf(view: Json): unknown[] {
  const components = (view['components'] as Json[]).map(({ value }) => value as Json)
  return [view['value'] as Json | null, ...components].map(
    (value) => value && (value['kind'] === 'quantity' ? [value['value'], value['unit'], value['code']] : value['text']),
  )
}
function sentValuesOf(resource: Json): unknown[] {
  const components = (resource['component'] as Json[] | undefined) ?? []
  return [resource, ...components].map((holder) => {
    const quantity = holder['valueQuantity'] as Json | undefined
    const concept = holder['valueCodeableConcept'] as Json | undefined
    if (quantity) return [quantity['value'], quantity['unit'], quantity['code']]
    return concept ? concept['text'] : null
  })
}

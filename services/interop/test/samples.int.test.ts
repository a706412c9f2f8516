import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type RunningTestService } from '@wellgate/shared/testing/service'
import { interopService } from '../src/service.ts'
import { answerAll, everythingStored, read, send, sentOf } from './importing.ts'

// Synthea bundles; SAMPLES_DIR, or ../shared/samples beside the project, as for the journey in e2e.
const base = process.env['SAMPLES_DIR'] ?? fileURLToPath(new URL('../../../../shared/samples', import.meta.url))
const folder = existsSync(join(base, 'fhir')) ? join(base, 'fhir') : base
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
if (files.length === 0 && process.env['WELLGATE_REQUIRE_ALL'] === '1') throw new Error(`no sample bundles in ${folder}`)

interface Bundle {
  entry: { resource: Record<string, unknown> & { resourceType: string; id: string } }[]
}

describe.skipIf(files.length === 0)(
  `sample bundles (${files.length === 0 ? 'none found: set SAMPLES_DIR' : folder})`,
  () => {
    let service: RunningTestService

    beforeAll(async () => {
      service = await startTestService(interopService)
    })
    afterAll(() => service.stop())

    it.each(files)('%s', async (file) => {
      const text = readFileSync(join(folder, file), 'utf8')
      const { entry } = JSON.parse(text) as Bundle
      const importId = await send(service, text, 'synthea')
      const sent = await sentOf(service, importId)
      const items = sent.flatMap(({ payload }) => payload.items)
      const { setAside } = await read(service, importId)
      expect(new Set([...items, ...setAside].map(({ index }) => index)).size).toBe(entry.length)
      expect(items.length + setAside.length).toBe(entry.length)
      // Synthea is sound: what is set aside is what is no part of the record.
      expect(setAside.filter(({ code }) => code !== 'unsupported-type')).toEqual([])
      for (const item of items) expect(JSON.parse(item.resource)).toEqual(entry[item.index]?.resource)
      const withEncounter = items.filter(({ index }) => entry[index]?.resource['encounter'] !== undefined)
      expect(withEncounter.filter(({ encounterId }) => encounterId === null)).toEqual([])
      for (const { payload } of sent) expect(Buffer.byteLength(JSON.stringify(payload))).toBeLessThanOrEqual(256 * 1024)

      await answerAll(service, importId)
      const { state, counts } = await read(service, importId)
      expect(state).toBe('completed')
      const total = Object.values(counts).reduce(
        (sum, each) => sum + each.created + each.unchanged + each.updated + each.setAside,
        0,
      )
      expect(total).toBe(entry.length)

      const again = await sentOf(service, await send(service, text, 'synthea'))
      const hashes = (events: typeof sent) =>
        events.flatMap(({ payload }) => payload.items.map(({ id, sourceHash }) => `${id} ${sourceHash}`))
      expect(hashes(again)).toEqual(hashes(sent))
    })

    it('leave nothing readable behind', async () => {
      const bytes = await everythingStored(service)
      const secrets = files.flatMap((file) => {
        const { entry } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Bundle
        const family = basename(file).split('_')[1] ?? file
        // A short name stands in megabytes of base64 by chance.
        return [...(family.length > 7 ? [family] : []), ...entry.slice(0, 40).map(({ resource }) => resource.id)]
      })
      expect(secrets.filter((secret) => bytes.includes(secret))).toEqual([])
      expect(bytes.includes('Body Height')).toBe(false)
    })
  },
)

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withTx } from '@wellgate/shared/db/tx'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { createChartRepository } from '../src/chart/chart-repository.ts'
import { codeOf, part } from '../src/chart/fhir.ts'
import { listChart } from '../src/chart/list-chart.ts'
import { applyImport } from '../src/import/apply-import.ts'
import { at, concept, itemOf, observation, start } from './support.ts'

let service: RunningTestService
beforeAll(async () => {
  service = await start()
})
afterAll(() => service.stop())

describe('an index that hits by coincidence', () => {
  it('still gives exact and full pages', async () => {
    const { platform } = service.running
    const { sealer, pool } = platform
    // One bit: every second code is a hit.
    const chart = createChartRepository({ sealer, codeIndex: platform.blindIndex('narrow', 1) })
    const { importId, patientId } = await at(service).send([])
    const exotic = (code: string) => [{ coding: [{ code }] }]
    const items = Array.from({ length: 80 }, (_, n) =>
      itemOf(
        observation({
          code: concept(n % 8 === 7 ? 'wanted' : `other-${n}`),
          category: exotic(n % 16 === 7 ? 'rare' : `common-${n}`),
          effectiveDateTime: new Date(n * 1_000).toISOString(),
        }),
        { index: n },
      ),
    )
    const chunk = { importId, patientId, source: 'general-hospital', chunk: 1, items }
    await withTx(pool, (tx) => applyImport(platform, chart, tx, chunk))
    const hits = await chart.list(pool, 'observation', patientId, { code: 'wanted' }, { after: null, limit: 100 })
    expect(hits.length).toBeGreaterThan(10)

    for (const [filter, sizes] of [
      [{ code: 'wanted' }, [4, 4, 2]],
      [{ code: 'http://loinc.org|wanted' }, [4, 4, 2]],
      [{ category: 'rare' }, [4, 1]],
      [{ code: 'wanted', category: 'rare' }, [4, 1]],
      [{ code: 'absent' }, [0]],
    ] as const) {
      const found: string[] = []
      const pages: number[] = []
      for (let cursor: string | null | undefined; cursor !== null;) {
        const query = { ...filter, limit: 4, ...(cursor === undefined ? {} : { cursor }) }
        const { entries, next } = await listChart(chart, pool, 'observation', patientId, query)
        found.push(...entries.map(({ id }) => id))
        pages.push(entries.length)
        cursor = next
      }
      expect(pages).toEqual(sizes)
      const expected = items.filter(({ resource }) => {
        const { code, category } = part(JSON.parse(resource))
        const isRare = codeOf((category as unknown[])[0]) === 'rare'
        return (
          (!('code' in filter) || codeOf(code) === filter.code.split('|').at(-1)) && (!('category' in filter) || isRare)
        )
      })
      expect(found).toEqual(expected.map(({ id }) => id).toReversed())
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withTx } from '@wellgate/shared/db/tx'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { createChartRepository, type ChartRepository } from '../src/chart/chart-repository.ts'
import { STATEMENTS } from '../src/chart/chart-statements.ts'
import { KINDS } from '../src/chart/kinds.ts'
import { applyImport } from '../src/import/apply-import.ts'
import { at, itemOf, observation, start, type Chunk, type Item, type Json } from './support.ts'

let service: RunningTestService
let chart: ChartRepository
beforeAll(async () => {
  service = await start()
  const { sealer, blindIndex } = service.running.platform
  chart = createChartRepository({ sealer, codeIndex: blindIndex('chart.code', 64) })
})
afterAll(() => service.stop())

describe('an import', () => {
  const send = (...sent: Parameters<ReturnType<typeof at>['send']>) => at(service).send(...sent)

  /** The names of the statements that a chunk takes. */
  async function statementsOf(items: Item[], patientId: Chunk['patientId']): Promise<string[]> {
    const { platform } = service.running
    const names: string[] = []
    await withTx(platform.pool, async (tx) => {
      const query = tx.query.bind(tx) as (...sent: unknown[]) => unknown
      const listening = (...sent: unknown[]): unknown => {
        names.push((sent[0] as { name?: string }).name ?? '')
        return query(...sent)
      }
      const heard = new Proxy(tx, { get: (target, key) => (key === 'query' ? listening : Reflect.get(target, key)) })
      const chunk = { importId: (await send([])).importId, patientId, source: 'general-hospital', chunk: 1, items }
      await applyImport(platform, chart, heard, chunk)
    })
    return names.filter((name) => name.startsWith('observation.'))
  }
  it('takes as many statements for a hundred entries as for one', async () => {
    const { patientId } = await send([])
    const items = Array.from({ length: 100 }, (_, index) => itemOf(observation(), { index }))
    expect(await statementsOf(items, patientId)).toEqual(['observation.present', 'observation.insert'])
    expect(await statementsOf(items, patientId)).toEqual(['observation.present'])

    const changed = items.map((item, n) =>
      n % 2 === 0 ? item : { ...itemOf(observation({ valueQuantity: { value: n } })), id: item.id, index: n },
    )
    const added = Array.from({ length: 3 }, (_, n) =>
      itemOf(observation({ effectiveDateTime: null }), { index: 100 + n }),
    )
    expect(await statementsOf([...changed, ...added], patientId)).toEqual([
      'observation.present',
      'observation.insert',
      'observation.update',
    ])
    const { body } = await at(service).read('records.list-observations', patientId, { limit: 100 })
    const stored = new Map((body.items as Json[]).map((item) => [item['id'], item]))
    for (const [n, { id }] of changed.entries()) {
      const [value, version] = n % 2 === 0 ? [6.1, 1] : [n, 2]
      expect(stored.get(id)).toMatchObject({ version, value: { value } })
    }
    const kept = await service.adminPool.query('select id, version from records.observation_history order by id')
    const changedIds = changed.filter((_, n) => n % 2 === 1).map(({ id }) => id)
    expect(kept.rows).toEqual(changedIds.toSorted().map((id) => ({ id, version: 1 })))
  })

  it('stores nothing over a version that it has not seen', async () => {
    const item = itemOf(observation())
    const { patientId } = await send([item])
    const entry = {
      kind: 'observation',
      id: item.id,
      encounterId: null,
      sourceHash: 'h',
      status: 'amended',
      clinicalTime: null,
      categories: [],
      codes: [],
      document: '{}',
    } as const
    const update = (version: number) =>
      withTx(service.pool, (tx) => chart.update(tx, 'observation', patientId, [{ entry, version }]))
    await expect(update(2)).rejects.toThrow('the version of a locked entry has changed')
    const sql = 'select version, status from records.observation where id = $1'
    expect((await service.adminPool.query(sql, [item.id])).rows).toEqual([{ version: 1, status: 'final' }])
    await update(1)
    expect((await service.adminPool.query(sql, [item.id])).rows).toEqual([{ version: 2, status: 'amended' }])
  })
})

describe('a page of a list', () => {
  /** How the server would run a statement, whatever the values are. */
  async function planOf(text: string, values: unknown[]): Promise<string> {
    return withTx(service.pool, async (tx) => {
      await tx.query('set local enable_seqscan = off')
      await tx.query('set local plan_cache_mode = force_generic_plan')
      const { rows } = await tx.query<{ 'QUERY PLAN': string }>({ text: `explain (costs off) ${text}`, values })
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    })
  }

  it.each(KINDS)('of %s begins in the index at its first row, without a sort', async (kind) => {
    const anyone = '00000000-0000-0000-0000-000000000000'
    const values = [anyone, 'final', 'laboratory', ['x'], '-infinity', 'infinity', anyone, 20]
    const plan = await planOf(STATEMENTS[kind].list.text, values)
    expect(plan).toContain(`Index Scan using ${kind}_newest`)
    expect(plan).toMatch(/Index Cond: .*patient_id.*clinical_time >= .*ROW\(clinical_time, id\) </)
    expect(plan).not.toContain('Sort')
  })
})

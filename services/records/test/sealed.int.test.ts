import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { at, concept, itemOf, observation, start } from './support.ts'

let service: RunningTestService
let chart: ReturnType<typeof at>
const logs: string[] = []
beforeAll(async () => {
  service = await start({ logs: { write: (line: string) => void logs.push(line) } })
  chart = at(service)
})
afterAll(() => service.stop())

const SECRETS = [
  'Qwertzitis',
  '86049-1',
  '1987.625',
  'Dr. Zyxwvu',
  'urn:secret:system',
  'exotic-category',
  'urn:uuid:prac',
]

const secretive = (fields = {}) =>
  observation({
    code: concept('86049-1', 'Qwertzitis', 'urn:secret:system'),
    category: [{ coding: [{ code: 'exotic-category' }] }],
    valueQuantity: { value: 1987.625, unit: 'u' },
    ...fields,
  })

/** Every row of every table of the service and of the transport as text; bytes as hex. */
async function everything(): Promise<string> {
  const { rows: tables } = await service.adminPool.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('records', 'records_keys', 'events')",
  )
  const texts = []
  for (const { name } of tables) {
    const { rows } = await service.adminPool.query<{ row: string }>(`select t::text as row from ${name} t`)
    texts.push(`${name}:`, ...rows.map(({ row }) => row))
  }
  return texts.join('\n')
}

describe('what is stored', () => {
  it('holds nothing clinical in the clear, in any table or log', async () => {
    const item = itemOf(secretive(), { performers: ['Dr. Zyxwvu'], links: { 'urn:uuid:prac': 'Observation/x' } })
    const { patientId } = await chart.send([item])
    await chart.send([{ ...itemOf(secretive({ status: 'amended' })), id: item.id }], patientId)
    await chart.importAll([secretive({ effectiveDateTime: 'Qwertzitis' })], patientId)
    const list = await chart.read('records.list-observations', patientId, { code: '86049-1' })
    expect(list.body.items).toHaveLength(1)
    const stored = `${await everything()}\n${logs.join('')}`
    expect(stored).toContain(item.id)
    const forms = SECRETS.flatMap((secret) => [
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('base64url').slice(0, -1),
    ])
    expect(forms.filter((form) => stored.includes(form))).toEqual([])
    expect(logs.length).toBeGreaterThan(0)
  })

  it('indexes equal codes of two patients differently', async () => {
    await chart.importAll([observation()])
    await chart.importAll([observation()])
    const { rows } = await service.adminPool.query<{ uses: number }>(
      'select count(distinct patient_id)::int as uses from records.observation, unnest(code_index) as value group by value',
    )
    expect(new Set(rows.map(({ uses }) => uses))).toEqual(new Set([1]))
  })

  it('cannot be taken back or rewritten by the service', async () => {
    const { pool } = service
    for (const table of ['condition', 'observation', 'care_plan', 'goal']) {
      await expect(pool.query(`delete from ${table}`)).rejects.toThrow('permission denied')
      await expect(pool.query(`delete from ${table}_history`)).rejects.toThrow('permission denied')
      await expect(pool.query(`update ${table}_history set version = 9`)).rejects.toThrow('permission denied')
      await expect(pool.query(`truncate ${table}`)).rejects.toThrow('permission denied')
    }
  })

  it('opens only in its own place', async () => {
    const one = itemOf(observation())
    const two = itemOf(observation())
    const first = await chart.send([one])
    const second = await chart.send([two])
    await service.adminPool.query(
      'update records.observation set document = (select document from records.observation where id = $1) where id = $2',
      [one.id, two.id],
    )
    expect((await chart.read('records.list-observations', second.patientId)).status).toBe(500)
    expect((await chart.read('records.list-observations', first.patientId)).status).toBe(200)
  })
})

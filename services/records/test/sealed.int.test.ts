import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordsRoutes } from '@wellgate/shared/contracts/records/routes'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { at, concept, itemOf, observation, start, type Json } from './support.ts'

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

  it('holds no text of any type of resource, nor of its versions before', async () => {
    const tokens: string[] = []
    const token = (): string => {
      const made = `Zq${randomBytes(6).toString('hex')}`
      tokens.push(made)
      return made
    }
    const secret = () => ({
      coding: [{ system: `urn:${token()}`, code: token(), display: token() }],
      text: token(),
    })
    const why = () => ({ reasonCode: [secret()], reasonReference: [{ reference: token(), display: token() }] })
    const everyType = (): Json[] =>
      [
        { resourceType: 'Condition', code: secret(), severity: secret(), onsetString: token(), category: [secret()] },
        {
          resourceType: 'AllergyIntolerance',
          code: secret(),
          category: [token()],
          reaction: [{ manifestation: [secret()], description: token() }],
        },
        {
          resourceType: 'MedicationRequest',
          status: 'active',
          medicationCodeableConcept: secret(),
          dosageInstruction: [{ text: token() }],
          ...why(),
        },
        { resourceType: 'MedicationStatement', status: 'active', medicationReference: { display: token() }, ...why() },
        { resourceType: 'Immunization', status: 'completed', vaccineCode: secret(), lotNumber: token() },
        {
          resourceType: 'Observation',
          status: 'final',
          code: secret(),
          valueString: token(),
          component: [{ code: secret(), valueCodeableConcept: secret() }],
          referenceRange: [{ text: token() }],
        },
        {
          resourceType: 'Encounter',
          status: 'finished',
          class: { code: token(), display: token() },
          type: [secret()],
          serviceProvider: { display: token() },
          ...why(),
        },
        { resourceType: 'Procedure', status: 'completed', code: secret(), category: secret(), ...why() },
        {
          resourceType: 'DiagnosticReport',
          status: 'final',
          code: secret(),
          category: [secret()],
          conclusion: token(),
          result: [{ reference: token(), display: token() }],
          presentedForm: [{ data: token() }],
        },
        {
          resourceType: 'CarePlan',
          status: 'active',
          title: token(),
          category: [secret()],
          activity: [{ detail: { description: token() } }],
        },
        {
          resourceType: 'Goal',
          lifecycleStatus: 'active',
          description: secret(),
          target: [{ measure: secret(), detailString: token() }],
        },
      ].map((resource) => ({ ...resource, note: [{ text: token() }], identifier: [{ value: token() }] }))

    const items = everyType().map((resource) =>
      itemOf(resource, { performers: [token()], links: { [token()]: token() } }),
    )
    const { importId, patientId } = await chart.send(items)
    const created = items.map((_, index) => ({ index, outcome: 'created' }))
    expect(await chart.resultsOf(importId)).toEqual(created)
    const next = everyType().map((resource, n) => ({ ...itemOf(resource), id: items[n]?.id ?? '' }))
    const again = await chart.send(next, patientId)
    expect((await chart.resultsOf(again.importId)).every(({ outcome }) => outcome === 'updated')).toBe(true)

    const shown: unknown[] = []
    for (const { id } of recordsRoutes) shown.push((await chart.read(id, patientId)).body)
    expect(tokens.filter((each) => JSON.stringify(shown).includes(each)).length).toBeGreaterThan(50)
    const stored = `${await everything()}\n${logs.join('')}`
    expect(stored).toContain(items[0]?.id)
    const hex = (text: string): string => Buffer.from(text).toString('hex')
    expect(tokens.filter((each) => stored.includes(each) || stored.includes(hex(each)))).toEqual([])
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

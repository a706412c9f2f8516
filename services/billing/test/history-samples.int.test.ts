import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BILLING_TYPES } from '@wellgate/shared/contracts/interop/import-result'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { at, startHistory, itemOf, newPatient, type Item, type Json } from './history-bills.ts'

// Synthea bundles; SAMPLES_DIR, or ../shared/samples beside the project, as for the journey in e2e.
const base = process.env['SAMPLES_DIR'] ?? fileURLToPath(new URL('../../../../shared/samples', import.meta.url))
const folder = existsSync(join(base, 'fhir')) ? join(base, 'fhir') : base
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
if (files.length === 0 && process.env['WELLGATE_REQUIRE_ALL'] === '1') throw new Error(`no sample bundles in ${folder}`)

interface Sample {
  readonly items: readonly Item[]
  /** Amounts as the file writes them: `[billed, paid, share of each line]` by our id of the claim. */
  readonly amounts: ReadonlyMap<string, readonly [string, string | null, readonly string[]]>
}

/** The bills of a bundle as items, ids given at random, and their amounts as text, read without the code under test. */
function sampleOf(file: string): Sample {
  const text = readFileSync(join(folder, file), 'utf8')
  // Quoted, a number keeps its digits: this is how the test knows what the file says.
  const quoted = JSON.parse(text.replaceAll(/("value":\s*)(-?\d[\d.eE+-]*)/g, '$1"$2"')) as {
    entry: { fullUrl: string; resource: Json }[]
  }
  const { entry } = JSON.parse(text) as typeof quoted
  const ids = new Map(entry.map(({ fullUrl }) => [fullUrl, randomUUID()]))
  const isBill = ({ resource }: { resource: Json }) => BILLING_TYPES.some((type) => type === resource['resourceType'])
  const items = entry.filter(isBill).map(({ fullUrl, resource }) => {
    const { reference } = (resource['claim'] ?? {}) as { reference?: string }
    const links = reference === undefined ? {} : { [reference]: `Claim/${ids.get(reference)}` }
    return itemOf(resource, { id: ids.get(fullUrl) ?? '', links })
  })
  const amounts = new Map<string, [string, string | null, readonly string[]]>()
  for (const { fullUrl, resource } of quoted.entry) {
    if (resource['resourceType'] !== 'Claim') continue
    amounts.set(ids.get(fullUrl) ?? '', [(resource['total'] as { value: string }).value, null, []])
  }
  for (const { resource } of quoted.entry) {
    if (resource['resourceType'] !== 'ExplanationOfBenefit') continue
    const bill = amounts.get(ids.get((resource['claim'] as { reference: string }).reference) ?? '')
    if (!bill) throw new Error('an explanation without a claim')
    bill[1] = (resource['payment'] as { amount: { value: string } }).amount.value
    bill[2] = (resource['item'] as { adjudication?: { category: { coding: Json[] }; amount?: { value: string } }[] }[])
      .flatMap(({ adjudication = [] }) => adjudication)
      .filter(({ category }) => /coinsrnc|ddctbl/.test(String(category.coding[0]?.['code'])))
      .flatMap(({ amount }) => (amount ? [amount.value] : []))
  }
  return { items, amounts }
}

/** Cents of decimal texts, summed and rounded on paper: 30 places are more than any of these has. */
function cents(texts: readonly string[]): number {
  const sum = texts.reduce((total, text) => {
    const [whole = '', fraction = ''] = text.split('.')
    return total + BigInt(whole + fraction.padEnd(30, '0'))
  }, 0n)
  return Number((sum + 5n * 10n ** 27n) / 10n ** 28n)
}

describe.skipIf(files.length === 0)(
  `sample bundles (${files.length === 0 ? 'none found: set SAMPLES_DIR' : folder})`,
  () => {
    let service: RunningTestService
    let history: ReturnType<typeof at>
    beforeAll(async () => {
      service = await startHistory()
      history = at(service)
    })
    afterAll(() => service.stop())

    it.each(files.length > 0 ? files : ['(no bundle)'])('%s is shown whole, to the cent', async (file) => {
      const { items, amounts } = sampleOf(file)
      const patientId = newPatient()
      const { results } = await history.send(items, patientId)
      expect(results.filter(({ outcome }) => outcome !== 'created')).toEqual([])

      const shown = await history.items(patientId)
      // Every explanation of Synthea has its claim: there are as many entries as claims.
      expect(shown).toHaveLength(amounts.size)
      const explained = [...amounts.values()].filter(([, paid]) => paid !== null)
      expect(shown.filter(({ paidByPayer }) => paidByPayer !== null)).toHaveLength(explained.length)
      for (const entry of shown) {
        const [billed, paid, shares] = amounts.get(String(entry['id'])) ?? ['', null, []]
        const money = (texts: readonly string[]) => ({ amount: cents(texts), currency: 'USD' })
        expect(entry).toMatchObject({ kind: 'claim', date: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) })
        expect(entry['billed']).toEqual(money([billed]))
        expect(entry['paidByPayer']).toEqual(paid === null ? null : money([paid]))
        expect(entry['patientShare']).toEqual(shares.length === 0 ? null : money(shares))
        expect((entry['codes'] as Json[]).length).toBeGreaterThan(0)
      }
      const dates = shown.map(({ date }) => String(date))
      expect(dates).toEqual(dates.toSorted().toReversed())

      const again = await history.send(items, patientId)
      expect(again.results.filter(({ outcome }) => outcome !== 'unchanged')).toEqual([])
      expect(await history.items(patientId)).toEqual(shown)
    })
  },
)

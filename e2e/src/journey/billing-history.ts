import assert from 'node:assert/strict'
import type { Json, Portal } from '../portal.ts'
import type { FhirResource } from '../samples.ts'

/** Types that become billing history where billing runs; where it does not, an import names them as not supported. */
export const BILLS: readonly string[] = ['Claim', 'ExplanationOfBenefit']

/** Whether an import that is done has sent bills to billing. */
export const hasBilling = (done: Json): boolean =>
  BILLS.some((type) => {
    const counts = done.counts[type]
    return counts !== undefined && Number(counts.created) + Number(counts.unchanged) + Number(counts.updated) > 0
  })

/**
 * Reads the billing history as the patient does and holds it against the file: an entry a claim, what its payer paid
 * where the payer said it, and an entry for each explanation whose claim is not in the file.
 */
export async function readBills(portal: Portal, token: string, resources: readonly FhirResource[]): Promise<string> {
  const { items } = await portal.all('/v1/patients/me/billing-history', token)
  const claims = resources.filter(({ resourceType }) => resourceType === 'Claim')
  const explained = resources
    .filter(({ resourceType }) => resourceType === 'ExplanationOfBenefit')
    .map((resource) => ((resource['claim'] ?? {}) as { reference?: string }).reference ?? '')
  const isThere = (reference: string): boolean => claims.some(({ id }) => reference.endsWith(id))
  const alone = explained.filter((reference) => !isThere(reference))
  assert.equal(items.length, claims.length + alone.length, 'entries of the billing history')
  const paid = items.filter(({ paidByPayer }) => paidByPayer !== null)
  assert.equal(paid.length, new Set(explained.filter(isThere)).size + alone.length, 'entries that a payer has answered')
  return `${items.length} bills of before, ${paid.length} with what the insurer paid`
}

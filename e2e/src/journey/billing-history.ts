import assert from 'node:assert/strict'
import type { Json, Portal } from '../portal.ts'
import type { FhirResource } from '../samples.ts'

/** Reads what other hospitals billed as the patient does, and holds it against the claims and explanations of the file. */
export async function readBillingHistory(
  portal: Portal,
  token: string,
  resources: readonly FhirResource[],
): Promise<string> {
  const claims = resources.filter(({ resourceType }) => resourceType === 'Claim')
  const explained = resources.filter(({ resourceType }) => resourceType === 'ExplanationOfBenefit')
  const { items } = await portal.all('/v1/patients/me/billing-history', token)
  // Each explanation of the samples is of a claim of the same file.
  assert.equal(items.length, claims.length, `${items.length} entries of ${claims.length} claims`)
  const billed = sumOf(claims.map(({ total }: Json) => cents(total?.value)))
  assert.equal(sumOf(items.map((item) => item.billed?.amount ?? 0)), billed)
  const paid = sumOf(explained.map(({ payment }: Json) => cents(payment?.amount?.value)))
  assert.equal(sumOf(items.map((item) => item.paidByPayer?.amount ?? 0)), paid)
  return `billing history: ${items.length} claims, ${(billed / 100).toFixed(2)} billed and ${(paid / 100).toFixed(2)} paid by payers, as in the file`
}

const cents = (value: Json): number => Math.round((value ?? 0) * 100)
const sumOf = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0)

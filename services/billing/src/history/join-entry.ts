import type { BillingHistoryItem } from '@wellgate/shared/contracts/billing/models'
import { sumOf, type BillFacts } from './bill-facts.ts'

/** A stored claim or explanation of benefit, opened. */
export interface OpenBill {
  readonly kind: 'Claim' | 'ExplanationOfBenefit'
  readonly facts: BillFacts
  readonly provider: string | null
}

/**
 * One entry of the history: a claim with what its payers said of it, or an explanation whose claim was never sent. The
 * claim says what was done and billed, the explanations what was paid; those of several payers add up.
 */
export function joinEntry(id: string, bills: readonly OpenBill[]): BillingHistoryItem {
  const claim = bills.find(({ kind }) => kind === 'Claim')
  const explanations = bills.filter((bill) => bill !== claim)
  const first = claim ?? explanations[0]
  if (!first) throw new Error('an entry of the history has no bill')
  const all = [first, ...explanations]
  return {
    id,
    kind: claim ? 'claim' : 'explanation-of-benefit',
    // The day as the source wrote it, in its own time zone.
    date: first.facts.date.text.slice(0, 10),
    provider: all.map(({ provider }) => provider).find((each) => each !== null) ?? null,
    payer: [...explanations, first].map(({ facts }) => facts.payer).find((each) => each !== null) ?? null,
    codes: all.map(({ facts }) => facts.codes).find((codes) => codes.length > 0) ?? [],
    billed: all.map(({ facts }) => facts.billed).find((each) => each !== null) ?? null,
    paidByPayer: sumOf(explanations.map(({ facts }) => facts.paidByPayer)),
    patientShare: sumOf(explanations.map(({ facts }) => facts.patientShare)),
  }
}

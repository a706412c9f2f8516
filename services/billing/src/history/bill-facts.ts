import type { BillingHistoryItem, Money } from '@wellgate/shared/contracts/billing/models'
import { minorDigits } from '../minor-units.ts'
import { addDecimals, inUnitsOf, ZERO } from './decimal.ts'
import type { Adjudication, Bill, Concept, DateTime, FhirMoney } from './fhir-schemas.ts'

/** What one claim or explanation of benefit tells. An amount that it does not state is null: nothing is made up. */
export interface BillFacts {
  readonly date: DateTime
  readonly payer: string | null
  readonly codes: BillingHistoryItem['codes']
  readonly billed: Money | null
  readonly paidByPayer: Money | null
  readonly patientShare: Money | null
}

/** Amounts beyond this are no money of a patient; below it cents are safe integers. */
const MAX_MINOR = 10n ** 15n
const inBounds = (minor: bigint): boolean => minor <= MAX_MINOR && minor >= -MAX_MINOR

/**
 * What a payer calls the amounts of an adjudication: of FHIR (http://terminology.hl7.org/CodeSystem/adjudication), of CARIN
 * (http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication) and of Blue Button, whose codes are URLs.
 */
const SUBMITTED = new Set(['submitted', 'line_sbmtd_chrg_amt'])
const BENEFIT = new Set(['benefit', 'paidtoprovider', 'line_prvdr_pmt_amt'])
/** All that the patient is liable for, in one amount; where it is stated, its parts are not added to it. */
const LIABILITY = new Set(['memberliability'])
const PARTS_OF_SHARE = new Set(['copay', 'coinsurance', 'deductible', 'line_coinsrnc_amt', 'line_bene_ptb_ddctbl_amt'])

/** The facts of a checked resource. @throws RangeError when an amount or a sum of them is beyond all bounds */
export function factsOf(bill: Bill): BillFacts {
  const codes = codesOf((bill.item ?? []).map(({ productOrService }) => productOrService))
  const date = bill.billablePeriod?.start ?? bill.created
  const cover = bill.insurance?.map(({ coverage }) => coverage?.display).find((display) => display !== undefined)
  if (bill.resourceType === 'Claim') {
    const billed = bill.total ? moneyOf([bill.total]) : null
    return { date, payer: cover ?? null, codes, billed, paidByPayer: null, patientShare: null }
  }
  const totals = bill.total ?? []
  const lines = [...(bill.adjudication ?? []), ...(bill.item ?? []).flatMap(({ adjudication = [] }) => adjudication)]
  const stated = (names: ReadonlySet<string>): Money | null => amountOf(totals, names) ?? amountOf(lines, names)
  return {
    date,
    payer: bill.insurer?.display ?? cover ?? null,
    codes,
    billed: stated(SUBMITTED),
    paidByPayer: bill.payment?.amount ? moneyOf([bill.payment.amount]) : stated(BENEFIT),
    patientShare: stated(LIABILITY) ?? stated(PARTS_OF_SHARE),
  }
}

function amountOf(all: readonly Adjudication[], names: ReadonlySet<string>): Money | null {
  const named = all.flatMap(({ category, amount }) => (amount && hasName(category, names) ? [amount] : []))
  return named.length > 0 ? moneyOf(named) : null
}

const hasName = ({ coding = [] }: Concept, names: ReadonlySet<string>): boolean =>
  coding.some(({ code }) => code !== undefined && names.has(code.slice(code.lastIndexOf('/') + 1)))

/** The sum, rounded once. Null where it would mix currencies. */
function moneyOf(amounts: readonly FhirMoney[]): Money | null {
  const [currency, another] = new Set(amounts.map((amount) => amount.currency))
  if (currency === undefined || another !== undefined) return null
  const sum = amounts.map(({ value }) => value).reduce(addDecimals, ZERO)
  const minor = inUnitsOf(sum, minorDigits(currency))
  if (!inBounds(minor)) throw new RangeError('an amount is too large')
  return { amount: Number(minor), currency }
}

/** The sum of amounts of several resources; null when none is stated, they are of several currencies, or it is beyond all bounds. */
export function sumOf(amounts: readonly (Money | null)[]): Money | null {
  const stated = amounts.filter((each) => each !== null)
  const [first] = stated
  if (!first || stated.some(({ currency }) => currency !== first.currency)) return null
  const sum = stated.reduce((total, { amount }) => total + BigInt(amount), 0n)
  return inBounds(sum) ? { amount: Number(sum), currency: first.currency } : null
}

/** What was done, each once; a concept without codes is told by its text. */
function codesOf(concepts: readonly Concept[]): BillingHistoryItem['codes'] {
  const codes = concepts.flatMap(({ coding = [], text }): BillingHistoryItem['codes'] => {
    const coded = coding.flatMap(({ system, code, display }) =>
      code === undefined ? [] : [{ system: system ?? null, code, display: display ?? text ?? null }],
    )
    return coded.length > 0 || text === undefined ? coded : [{ system: null, code: null, display: text }]
  })
  return [...new Map(codes.map((each) => [JSON.stringify([each.system, each.code ?? each.display]), each])).values()]
}

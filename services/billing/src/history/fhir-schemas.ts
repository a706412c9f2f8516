import { z } from 'zod'
import type { BillingType } from '@wellgate/shared/contracts/interop/import-result'
import { Currency } from '@wellgate/shared/contracts/billing/models'
import { decimalOf, type Decimal } from './decimal.ts'

/** Numbers of JSON as they are written, from the JSON.parse source text access proposal, in Node since 22. */
const sourceText = JSON as unknown as {
  rawJSON(text: string): unknown
  isRawJSON(value: unknown): value is { readonly rawJSON: string }
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
}

const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00.000Z')
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z')

/** dateTime of FHIR R4, partial dates too: as written, and the instant at which it begins (partial dates in UTC). */
const DateTime = z
  .union([z.string().regex(/^\d{4}(-\d{2})?$/), z.iso.date(), z.iso.datetime({ offset: true })], {
    message: 'a date or time of FHIR',
  })
  .transform((text) => ({ text, instant: Date.parse(text) }))
  .refine(({ instant }) => instant >= FIRST_INSTANT && instant <= LAST_INSTANT, { message: 'a date that exists' })
export type DateTime = z.output<typeof DateTime>

const Amount = z
  .unknown()
  .transform((value): Decimal | undefined => (sourceText.isRawJSON(value) ? decimalOf(value.rawJSON) : undefined))
  .refine((value) => value !== undefined, { message: 'a decimal number' })

/** An amount without a currency is none: nothing here guesses what money it is. */
const FhirMoney = z.looseObject({ value: Amount, currency: Currency })
export type FhirMoney = z.output<typeof FhirMoney>

const text = z.string().optional()
const Reference = z.looseObject({ reference: text, display: text })
const Concept = z.looseObject({
  coding: z.array(z.looseObject({ system: text, code: text, display: text })).optional(),
  text,
})
export type Concept = z.output<typeof Concept>
const Adjudication = z.looseObject({ category: Concept, amount: FhirMoney.optional() })
export type Adjudication = z.output<typeof Adjudication>
const Period = z.looseObject({ start: DateTime.optional() })

const common = {
  status: z.enum(['active', 'cancelled', 'draft', 'entered-in-error']),
  use: z.literal('claim', { message: '`claim`: what was only asked for beforehand is no bill' }),
  created: DateTime,
  billablePeriod: Period.optional(),
  insurance: z.array(z.looseObject({ coverage: Reference.optional() })).optional(),
}

/** What a bill is read from of https://hl7.org/fhir/R4/claim.html; all else is kept as it came. */
export const Claim = z.looseObject({
  ...common,
  resourceType: z.literal('Claim'),
  item: z.array(z.looseObject({ productOrService: Concept })).optional(),
  total: FhirMoney.optional(),
})

/** The same of https://hl7.org/fhir/R4/explanationofbenefit.html. */
export const ExplanationOfBenefit = z.looseObject({
  ...common,
  resourceType: z.literal('ExplanationOfBenefit'),
  insurer: Reference.optional(),
  claim: Reference.optional(),
  item: z
    .array(z.looseObject({ productOrService: Concept, adjudication: z.array(Adjudication).optional() }))
    .optional(),
  adjudication: z.array(Adjudication).optional(),
  total: z.array(z.looseObject({ category: Concept, amount: FhirMoney })).optional(),
  payment: z.looseObject({ amount: FhirMoney.optional() }).optional(),
})

export type Bill = z.output<typeof Claim> | z.output<typeof ExplanationOfBenefit>
export type Checked = { readonly ok: true; readonly bill: Bill } | { readonly ok: false; readonly detail: string }

/** Reads an imported resource; what is wrong with it names the element and what was expected, never a value. */
export function checkBill(type: BillingType, json: string): Checked {
  const schema = type === 'Claim' ? Claim : ExplanationOfBenefit
  const result = schema.safeParse(parse(json))
  if (result.success) return { ok: true, bill: result.data }
  const [issue] = result.error.issues
  // Array positions say where; a key of an unknown element cannot be in the path of a known one.
  const path = issue?.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('') ?? ''
  return { ok: false, detail: `\`${path.slice(1)}\`: expected ${expectedOf(issue)}` }
}

function parse(json: string): unknown {
  try {
    return sourceText.parse(json, (_, value, { source }) =>
      typeof value === 'number' && source !== undefined ? sourceText.rawJSON(source) : value,
    )
  } catch {
    return undefined
  }
}

function expectedOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'invalid_value' && issue.values.length > 1) return `one of ${issue.values.join(', ')}`
  if (issue?.code === 'invalid_type') return issue.expected === 'object' ? 'an object' : `a ${issue.expected}`
  if (issue?.code === 'invalid_format') return 'a code of its kind'
  return issue?.message ?? 'something else'
}

import { expect, it } from 'vitest'
import { factsOf } from './bill-facts.ts'
import { checkBill } from './fhir-schemas.ts'

const billed = (value: string, currency: string) => {
  const common = `"resourceType":"Claim","status":"active","use":"claim","created":"2026-01-05"`
  const checked = checkBill('Claim', `{${common},"total":{"value":${value},"currency":"${currency}"}}`)
  if (!checked.ok) throw new Error(checked.detail)
  return factsOf(checked.bill).billed
}

it.each([
  ['28.105', 'USD', 2811],
  ['1250.5', 'HUF', 125_050],
  ['1250.25', 'COP', 125_025],
  ['1.2505', 'KWD', 1251],
  ['1.25', 'IQD', 1250],
  ['1250', 'JPY', 1250],
])('%s %s is %d minor units, as ISO 4217 counts them', (value, currency, amount) => {
  expect(billed(value, currency)).toEqual({ amount, currency })
})

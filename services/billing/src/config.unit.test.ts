import { readConfig } from '@wellgate/shared/config/slice'
import { expect, it } from 'vitest'
import { billingSlice } from './config.ts'

const currency = (code: string) => readConfig([billingSlice], { WELLGATE_CURRENCY: code }).WELLGATE_CURRENCY

it.each(['USD', 'JPY', 'KWD', 'HUF'])('bills in %s', (code) => {
  expect(currency(code)).toBe(code)
})

// To Stripe, 100 of ISK or UGX are one, and one of MGA is a hundred of its minor units.
it.each(['ISK', 'UGX', 'MGA', 'XXQ', 'usd'])('does not bill in %s', (code) => {
  expect(() => currency(code)).toThrow('WELLGATE_CURRENCY is not valid')
})

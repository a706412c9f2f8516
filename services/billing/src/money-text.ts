import { minorDigits } from './minor-units.ts'

/** An amount of minor units in the currency's own decimals: `USD 12.50`, `JPY 1250`. */
export function amountText(amount: number, currency: string): string {
  const digits = minorDigits(currency)
  const sign = amount < 0 ? '-' : ''
  const text = String(Math.abs(amount)).padStart(digits + 1, '0')
  return `${currency} ${sign}${digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`}`
}

import { expect, it } from 'vitest'
import { amountText } from './money-text.ts'
import { toPdf } from './pdf.ts'

it('writes amounts in the decimals of their currency', () => {
  expect(amountText(123_456, 'USD')).toBe('USD 1234.56')
  expect(amountText(5, 'USD')).toBe('USD 0.05')
  expect(amountText(-5, 'EUR')).toBe('EUR -0.05')
  expect(amountText(1_250, 'JPY')).toBe('JPY 1250')
  expect(amountText(1_250, 'KWD')).toBe('KWD 1.250')
  // Of these ICU says 0, as cash is paid, and ISO 4217 says 2 and 3; the processor charges by the latter.
  expect(['HUF', 'COP', 'IDR', 'PKR', 'LBP'].map((currency) => amountText(12_500, currency).slice(4))).toEqual(
    Array.from({ length: 5 }, () => '125.00'),
  )
  expect(amountText(12_500, 'IQD')).toBe('IQD 12.500')
})

it('sets a PDF, on as many pages as it needs', async () => {
  const paper = { title: 'Invoice', facts: [], rows: [], totals: [], foot: 'Thank you' }
  const one = await toPdf(paper, new Date(0))
  expect(one.subarray(0, 5).toString()).toBe('%PDF-')
  expect(one.subarray(-6).toString()).toContain('%%EOF')
  const rows = Array.from({ length: 200 }, (_, index) => [`Line ${index} – 日本`, 'USD 1.00'] as const)
  const many = (await toPdf({ ...paper, rows }, new Date(0))).toString('latin1')
  expect(many.match(/\/Type \/Page\b(?!s)/g)?.length).toBeGreaterThan(3)
})

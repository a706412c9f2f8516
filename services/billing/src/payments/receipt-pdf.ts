import { amountText } from '../money-text.ts'
import { toPdf } from '../pdf.ts'

export interface Receipt {
  readonly number: string
  readonly invoiceNumber: string
  readonly patientId: string
  readonly paymentId: string
  /** `YYYY-MM-DD`, by the books. */
  readonly paidOn: string
  /** Minor units. */
  readonly amount: number
  readonly refunded: number
  readonly currency: string
}

/** The receipt of a payment, as PDF. What was given back since is on it. */
export function receiptPdf(receipt: Receipt, writtenAt: Date): Promise<Buffer> {
  const { number, currency, amount, refunded } = receipt
  const back = refunded > 0 ? ([['Given back since', amountText(-refunded, currency)]] as const) : []
  return toPdf(
    {
      title: `Receipt ${number}`,
      facts: [
        ['Paid on', receipt.paidOn],
        ['Patient', receipt.patientId],
        ['Payment', receipt.paymentId],
      ],
      rows: [[`Invoice ${receipt.invoiceNumber}`, amountText(amount, currency)], ...back],
      totals: [['Paid', amountText(amount - refunded, currency)]],
      foot: 'Thank you. Keep this receipt for your records.',
    },
    writtenAt,
  )
}

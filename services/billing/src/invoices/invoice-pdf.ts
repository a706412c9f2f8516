import type { Invoice } from '@wellgate/shared/contracts/billing/models'
import { amountText } from '../money-text.ts'
import { toPdf } from '../pdf.ts'

/** An invoice on paper. It names the patient by id only: billing knows no names. */
export function invoicePdf(invoice: Invoice, writtenAt: Date): Promise<Buffer> {
  const { total, patientShare, insurerShare, paid, adjusted, outstanding } = invoice
  const row = (what: string, { amount, currency }: Invoice['total']) => [what, amountText(amount, currency)] as const
  return toPdf(
    {
      title: `Invoice ${invoice.number}`,
      facts: [
        ['Issued', invoice.issuedOn],
        ['Due', invoice.dueOn],
        ['Patient', invoice.patientId],
        ['Status', invoice.status],
      ],
      rows: invoice.lines.map(({ servicedOn, code, description, quantity, amount }) => [
        `${servicedOn}  ${code}  ${description}${quantity === 1 ? '' : ` x ${quantity}`}`,
        amountText(amount, total.currency),
      ]),
      totals: [
        row('Total', total),
        row('Insurer', insurerShare),
        row('Your share', patientShare),
        row('Paid', paid),
        row('Adjusted', adjusted),
        row('To pay', outstanding),
      ],
      foot: 'Pay in the portal, or ask the front desk about a payment plan.',
    },
    writtenAt,
  )
}

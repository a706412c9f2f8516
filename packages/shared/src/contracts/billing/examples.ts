import { exampleIds } from '../example-ids.ts'

const { patientId, invoiceId } = exampleIds
const amount = { amount: 2500, currency: 'USD' } as const

export const examples = {
  payInvoice: { ...amount, paymentMethod: 'pm_card_visa' },
  createPlan: { invoiceId, instalments: 3, firstDueOn: '2027-04-01' },
  addCharge: { patientId, code: 'VISIT-20', servicedOn: '2027-03-01' },
  putPrice: { description: 'Same-day visit', amount: 12_500, currency: 'USD', validFrom: '2027-01-01' },
  adjustInvoice: { kind: 'adjustment', ...amount, reason: 'The visit was cut short' },
  reverseEntry: { reason: 'Booked on the wrong invoice' },
  insurerPayment: { ...amount, reference: 'EOB 2027-0301-77' },
  refund: { ...amount, reason: 'Paid twice' },
  coverage: {
    kind: 'percentage',
    patientPercent: 20,
    payerName: 'Northern Mutual',
    memberId: 'NM-204-881',
    validFrom: '2027-01-01',
  },
  closeDay: { day: '2027-02-28' },
} as const

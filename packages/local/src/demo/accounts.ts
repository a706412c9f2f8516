import { must, type Call } from './api.ts'
import type { DemoClinic } from './clinic.ts'

/** Cents, by price code. */
const PRICES: Readonly<Record<string, { description: string; amount: number }>> = {
  'VISIT-15': { description: 'Office visit, 15 minutes', amount: 12_500 },
  'VISIT-30': { description: 'Office visit, 30 minutes', amount: 21_000 },
  'VISIT-60': { description: 'First visit, 60 minutes', amount: 34_000 },
  'PROC-45': { description: 'Minor procedure', amount: 48_500 },
  'LAB-PANEL': { description: 'Laboratory panel', amount: 6_480 },
}

/** Prices for what the clinic offers, insurance for its patients, and an invoice for each. Each step again does no harm. */
export async function prepareAccounts(
  call: Call,
  biller: string,
  clinic: DemoClinic,
  patients: readonly { readonly id: string }[],
): Promise<void> {
  const today = new Date().toISOString().slice(0, 10)
  const put = (path: string, body: unknown, what: string) =>
    must(call('PUT', `/v1/admin/${path}`, { token: biller, body }), what, 200)
  const codes = new Set([...clinic.visitTypes.map(({ priceCode }) => priceCode), ...Object.keys(PRICES)])
  for (const code of codes) {
    const { description, amount } = PRICES[code] ?? { description: code, amount: 10_000 }
    await put(
      `charge-master/${code}`,
      { description, amount, currency: 'USD', validFrom: '2026-01-01' },
      'a demo price',
    )
  }
  for (const [index, { id }] of patients.entries()) {
    const policy = { payerName: 'Northwind Health', memberId: `NW-${1000 + index}`, validFrom: '2026-01-01' }
    const share = index % 2 === 0 ? { kind: 'percentage', patientPercent: 20 } : { kind: 'copay', copay: 2_500 }
    await put(`patients/${id}/coverage`, { ...policy, ...share }, 'a demo coverage')
    const body = { patientId: id, code: 'LAB-PANEL', servicedOn: today, quantity: 1 }
    const headers = { 'idempotency-key': `demo-lab-panel-${id}` }
    await must(call('POST', '/v1/admin/charges', { token: biller, body, headers }), 'a demo charge', 201)
  }
}

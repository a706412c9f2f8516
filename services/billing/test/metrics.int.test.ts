import { createMetrics } from '@wellgate/shared/observability/metrics'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { measureBooks } from '../src/metrics.ts'
import { startOffice, type Office } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice()
})
afterAll(() => office.service.stop())

const look = async (name: string): Promise<string | undefined> => {
  const metrics = createMetrics('billing')
  await measureBooks(office.service.pool, metrics)
  return new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(await metrics.registry.metrics())?.[1]
}

it('books that balance show 0; a balance that is not its lines shows by how much', async () => {
  expect(await look('wellgate_ledger_imbalance_minor')).toBe('0')
  await office.price('LAB', 700)
  const { patientId } = await office.patient()
  await office.invoice(patientId, 'LAB')
  expect(await look('wellgate_ledger_imbalance_minor')).toBe('0')
  expect(await look('wellgate_invoices_overdue')).toBe('0')
  expect(await look('wellgate_payments_unsettled_oldest_age_seconds')).toBe('0')

  const client = await office.service.adminPool.connect()
  try {
    await client.query("set session_replication_role = 'replica'")
    await client.query(
      'update billing.account_balance set balance = balance + 5 where account_id = (select account_id from billing.account_balance limit 1)',
    )
  } finally {
    client.release(true)
  }
  // Off by 5 in its currency, and by 5 from its lines.
  expect(await look('wellgate_ledger_imbalance_minor')).toBe('10')
})

it('a payment that nobody knows the end of shows by its age', async () => {
  const open = `insert into billing.payment (id, invoice_id, patient_id, amount, currency, created_by, created_at, method)
                select gen_random_uuid(), id, patient_id, 1, 'USD', id, now() - interval '90 s', '' from billing.invoice limit 1`
  await office.service.adminPool.query(open)
  expect(Number(await look('wellgate_payments_unsettled_oldest_age_seconds'))).toBeGreaterThan(89)
})

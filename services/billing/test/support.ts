import { randomUUID } from 'node:crypto'
import { visitCompleted, visitTypeChanged } from '@wellgate/shared/contracts/appointments/events'
import { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { patientRegistered } from '@wellgate/shared/contracts/patients/events'
import type { CallAnswer, CallOptions } from '@wellgate/shared/testing/call'
import type { ProcessRole } from '@wellgate/shared/runtime/roles'
import { type RunningTestService, startTestService } from '@wellgate/shared/testing/service'
import { withTx, type Tx } from '@wellgate/shared/db/tx'
import { applyPayment, reservePayment } from '../src/invoices/settle.ts'
import { postEntry } from '../src/ledger/post-entry.ts'
import { takeNumber } from '../src/number-repository.ts'
import { billingService } from '../src/service.ts'
import { completedVisit } from './completed-visit.ts'

export type RouteId = (typeof billingRoutes)[number]['id']

export const DAY = 86_400_000

/** The day so many days from today, by UTC. */
export const day = (days = 0): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10)
export const usd = (amount: number) => ({ amount, currency: 'USD' })

export interface Person {
  readonly patientId: string
  readonly token: string
}

export interface Office {
  readonly service: RunningTestService
  /** Added to the service's clock. */
  readonly clock: { aheadMs: number }
  readonly biller: string
  readonly admin: string
  readonly desk: string
  call(id: RouteId, options?: CallOptions): Promise<CallAnswer>
  /** As `call`, where anything but success is a fault of the test. */
  must(id: RouteId, options?: CallOptions): Promise<CallAnswer>
  price(code: string, amount: number, validFrom?: string): Promise<void>
  patient(): Promise<Person>
  insure(patientId: string, fields: object): Promise<void>
  /** A visit took place; gives its appointment. */
  visit(patientId: string, priceCode: string, over?: { appointmentId?: string; start?: string }): Promise<string>
  visitType(priceCode: string, over?: { visitTypeId?: string; active?: boolean; version?: number }): Promise<string>
  /** Charges by hand and gives the invoice. */
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer, read freely by tests
  invoice(patientId: string, code: string, quantity?: number): Promise<any>
  /** What the ledger is not: unbalanced entries and balances that are not their lines. Empty when all is well. */
  faults(): Promise<unknown[]>
}

export const key = () => ({ 'idempotency-key': randomUUID() })

/** The service as it runs, with a price for `VISIT-30`. */
export async function startOffice(
  config: Readonly<Record<string, string>> = {},
  roles: readonly ProcessRole[] = ['http', 'consumers', 'relay'],
): Promise<Office> {
  const clock = { aheadMs: 0 }
  const service = await startTestService(billingService, {
    roles,
    config: {
      WELLGATE_PAYMENT_URL: 'http://127.0.0.1:9',
      WELLGATE_PAYMENT_KEY: 'sk_test_none',
      WELLGATE_PAYMENT_WEBHOOK_SECRET: 'whsec_none',
      ...config,
    },
    overrides: { now: () => new Date(Date.now() + clock.aheadMs) },
  })
  const [biller, admin, desk] = (['biller', 'admin', 'front-desk'] as const).map((role) =>
    service.issueToken({ roles: [role] }),
  ) as [string, string, string]
  const call: Office['call'] = (id, options) => {
    const contract = billingRoutes.find((route) => route.id === id)
    if (!contract) throw new Error(`no contract ${id}`)
    return service.call(contract, options)
  }
  const must: Office['must'] = async (id, options) => {
    const answer = await call(id, options)
    if (answer.status >= 300) throw new Error(`${id}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer
  }
  const office: Office = {
    service,
    clock,
    biller,
    admin,
    desk,
    call,
    must,
    async price(code, amount, validFrom = '2020-01-01') {
      const body = { description: `Service ${code}`, amount, currency: 'USD', validFrom }
      await must('billing.put-price', { token: biller, params: { code }, body })
    },
    async patient() {
      const patientId = randomUUID()
      await service.publish(patientRegistered, { patientId: PatientId.parse(patientId), birthDate: '1980-05-05' })
      return { patientId, token: service.issueToken({ patientId }) }
    },
    async insure(patientId, fields) {
      const body = { payerName: 'Blue Shield', memberId: 'M-1', validFrom: '2020-01-01', ...fields }
      await must('billing.put-coverage', { token: desk, params: { patientId }, body })
    },
    async visit(patientId, priceCode, over = {}) {
      const appointmentId = over.appointmentId ?? randomUUID()
      const start = over.start ?? new Date().toISOString()
      await service.publish(visitCompleted, completedVisit({ appointmentId, patientId, priceCode, start }))
      return appointmentId
    },
    async visitType(priceCode, { visitTypeId = randomUUID(), active = true, version = 1 } = {}) {
      const type = { visitTypeId, name: 'Check-up', priceCode, durationMinutes: 30, active }
      await service.publish(visitTypeChanged, type, { aggregateVersion: version })
      return visitTypeId
    },
    async invoice(patientId, code, quantity = 1) {
      const body = { patientId, code, servicedOn: day(), quantity }
      const charge = await must('billing.add-charge', { token: biller, body, headers: key() })
      return (await must('billing.get-invoice', { token: biller, params: { invoiceId: charge.body.invoiceId } })).body
    },
    async faults() {
      const { rows } = await service.adminPool.query(`
        select 'entry' as what, entry_id as id from billing.journal_line group by entry_id having sum(amount) <> 0
        union all
        select 'balance', a.id from billing.account a
          left join (select account_id, sum(amount) as sum from billing.journal_line group by account_id) l on l.account_id = a.id
          left join billing.account_balance b on b.account_id = a.id
         where coalesce(l.sum, 0) <> coalesce(b.balance, 0)
        union all
        select 'receivable', a.patient_id from billing.account a join billing.account_balance b on b.account_id = a.id
         where a.kind = 'patient-receivable' and b.balance <> (
           select coalesce(sum(patient_share - paid - adjusted), 0) from billing.invoice i
            where i.patient_id = a.patient_id and not voided)
        union all
        select 'insurer', a.patient_id from billing.account a join billing.account_balance b on b.account_id = a.id
         where a.kind = 'insurer-receivable' and b.balance <> (
           select coalesce(sum(insurer_share - insurer_paid - insurer_adjusted), 0) from billing.invoice i
            where i.patient_id = a.patient_id and not voided)
        union all
        select 'number', null where (select coalesce(max(number), 0) <> count(*) from billing.invoice)`)
      return rows
    },
  }
  await office.price('VISIT-30', 12_000)
  return office
}

/** A payment that succeeded, as the table keeps it; nothing is booked. */
export async function storePayment(
  tx: Tx,
  { invoiceId, patientId, amount }: { invoiceId: string; patientId: string; amount: number },
): Promise<string> {
  const id = randomUUID()
  const number = await takeNumber(tx, 'receipt')
  await tx.query({
    name: 'test.payment',
    text: `insert into payment (id, invoice_id, patient_id, amount, currency, status, intent_id, receipt_number, settled_at,
             created_by, method)
           values ($1, $2, $3, $4, 'USD', 'succeeded', $5, $6, now(), $1, '')`,
    values: [id, invoiceId, patientId, amount, `pi_${id}`, number],
  })
  return id
}

/** What books a payment. */
export const paymentLines = (amount: number) =>
  [
    { account: 'processor-clearing', amount },
    { account: 'patient-receivable', amount: -amount },
  ] as const

/** Pays as payments do, without a processor: reserved, then applied and booked. */
export async function pay(office: Office, invoiceId: string, patientId: string, amount: number): Promise<string> {
  return withTx(office.service.pool, async (tx) => {
    await reservePayment(tx, invoiceId, amount)
    await applyPayment(tx, invoiceId, amount)
    const paymentId = await storePayment(tx, { invoiceId, patientId, amount })
    const about = { patientId, invoiceId, paymentId, lines: paymentLines(amount) }
    await postEntry(tx, { id: randomUUID(), kind: 'payment', bookedOn: day(), currency: 'USD', ...about })
    return paymentId
  })
}

/** A refund that succeeded, as the table keeps it; nothing is booked. */
export async function storeRefund(
  tx: Tx,
  { paymentId, patientId, amount }: { paymentId: string; patientId: string; amount: number },
): Promise<string> {
  const id = randomUUID()
  await tx.query({
    name: 'test.refund',
    text: `insert into refund (id, payment_id, patient_id, amount, currency, status, processor_id, settled_at, created_by, reason)
           values ($1, $2, $3, $4, 'USD', 'succeeded', $5, now(), $1, '')`,
    values: [id, paymentId, patientId, amount, `re_${id}`],
  })
  return id
}

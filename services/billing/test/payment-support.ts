import { randomUUID } from 'node:crypto'
import { createPaymentSandbox, type PaymentSandbox } from '@wellgate/local/src/payment-sandbox/sandbox.ts'
import { signWebhook } from '@wellgate/local/src/payment-sandbox/signature.ts'
import { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { patientRegistered } from '@wellgate/shared/contracts/patients/events'
import type { CallAnswer, CallOptions } from '@wellgate/shared/testing/call'
import { freePort } from '@wellgate/shared/testing/free-port'
import { type RunningTestService, startTestService } from '@wellgate/shared/testing/service'
import type { BillingConfig } from '../src/config.ts'
import { daysOf } from '../src/days.ts'
import { type PaymentDeps, withProcessor } from '../src/payments/payment-deps.ts'
import { billingService } from '../src/service.ts'

export type RouteId = (typeof billingRoutes)[number]['id']
export const SECRETS = { apiKey: 'sk_test_sandbox', webhookSecret: 'whsec_sandbox' }

export interface Patient {
  readonly patientId: string
  readonly token: string
}

export interface Till {
  readonly service: RunningTestService
  readonly sandbox: PaymentSandbox
  readonly biller: string
  /** What the service's own use cases have, to run a job's turn by hand. */
  readonly deps: PaymentDeps
  call(id: RouteId, options?: CallOptions): Promise<CallAnswer>
  patient(): Promise<Patient>
  /** An invoice of so many cents; its id. */
  invoice(patient: Patient, amount: number): Promise<string>
  pay(patient: Patient, invoiceId: string, body?: object, key?: string): Promise<CallAnswer>
  /** What is sent to the webhook by a caller who may be anyone. */
  tell(body: string, signature?: string): Promise<CallAnswer>
  stop(): Promise<void>
}

export interface TillOptions {
  readonly config?: Readonly<Record<string, string>>
  /** Whether the sandbox tells by itself; else a test does. */
  readonly webhooks?: boolean
  readonly now?: () => Date
}

/** Billing as it runs, with the sandbox as its processor. Doubts wait for a test to resolve them, unless told. */
export async function openTill({ config = {}, webhooks = false, now }: TillOptions = {}): Promise<Till> {
  const port = await freePort()
  const webhookUrl = webhooks ? `http://127.0.0.1:${port}/v1/webhooks/payments` : undefined
  const sandbox = await createPaymentSandbox({ ...SECRETS, webhookUrl, settleMs: 200, copies: 2, shuffleMs: 100 })
  const variables = {
    WELLGATE_HTTP_PORT: String(port),
    WELLGATE_PAYMENT_URL: sandbox.url,
    WELLGATE_PAYMENT_KEY: SECRETS.apiKey,
    WELLGATE_PAYMENT_WEBHOOK_SECRET: SECRETS.webhookSecret,
    WELLGATE_PAYMENT_TIMEOUT_MS: '1000',
    WELLGATE_PAYMENT_DOUBT_SECONDS: '3600',
    ...config,
  }
  const service = await startTestService(billingService, { config: variables, ...(now ? { overrides: { now } } : {}) })
  const biller = service.issueToken({ roles: ['biller'] })
  const call: Till['call'] = (id, options) => {
    const contract = billingRoutes.find((route) => route.id === id)
    if (!contract) throw new Error(`no contract ${id}`)
    return service.call(contract, options)
  }
  const must = async (status: number, answer: Promise<CallAnswer>): Promise<CallAnswer> => {
    const given = await answer
    if (given.status !== status) throw new Error(`${given.status}: ${JSON.stringify(given.body)}`)
    return given
  }
  const priced = new Set<number>()
  const { platform } = service.running
  const dayOf = daysOf('UTC')
  const settings = {
    WELLGATE_PAYMENT_URL: sandbox.url,
    WELLGATE_PAYMENT_KEY: SECRETS.apiKey,
    WELLGATE_PAYMENT_WEBHOOK_SECRET: SECRETS.webhookSecret,
    WELLGATE_PAYMENT_TIMEOUT_MS: 1_000,
  } as BillingConfig
  const today = () => dayOf(platform.now())
  const deps = withProcessor({ ...platform, config: settings, currency: 'USD', dayOf, today, codeIndex: () => '' })
  return {
    service,
    sandbox,
    biller,
    deps,
    call,
    async patient() {
      const patientId = randomUUID()
      const birthDate = '1980-01-01'
      await service.publish(patientRegistered, { patientId: PatientId.parse(patientId), birthDate })
      return { patientId, token: service.issueToken({ patientId }) }
    },
    async invoice({ patientId }, amount) {
      const code = `P${amount}`
      if (!priced.has(amount)) {
        priced.add(amount)
        const body = { description: 'Visit', amount, currency: 'USD', validFrom: '2020-01-01' }
        await must(200, call('billing.put-price', { token: biller, params: { code }, body }))
      }
      const headers = { 'idempotency-key': randomUUID() }
      const body = { patientId, code, servicedOn: '2026-01-05' }
      return (await must(201, call('billing.add-charge', { token: biller, headers, body }))).body.invoiceId as string
    },
    pay: ({ token }, invoiceId, body = {}, key = randomUUID()) =>
      call('billing.pay-invoice', {
        token,
        params: { invoiceId },
        headers: { 'idempotency-key': key },
        body: { amount: 1000, currency: 'USD', paymentMethod: 'pm_card_visa', ...body },
      }),
    tell: (body, signature = signWebhook(SECRETS.webhookSecret, body)) =>
      call('billing.payment-webhook', { body, headers: { 'stripe-signature': signature } }),
    async stop() {
      await service.stop()
      await sandbox.close()
    },
  }
}

/** The body of a webhook as the sandbox would send it, for the latest event about an object of that metadata value. */
export function eventAbout(sandbox: PaymentSandbox, id: string, type?: string): string {
  const about = sandbox
    .events()
    .filter((event) => Object.values(event.data.object.metadata).includes(id) && (!type || event.type === type))
  return JSON.stringify(about.at(-1), null, 2)
}

interface Books {
  /** What is wrong, in words; empty when all is well. */
  readonly wrong: readonly string[]
  readonly byStatus: Readonly<Record<string, number>>
  readonly receipts: number
}

type Query = (text: string) => Promise<{ rows: Record<string, unknown>[] }>

/**
 * Compares everything with everything by its own arithmetic: the ledger with itself, payments with entries, invoices
 * and receipts, and what the processor has with what we have.
 */
export async function auditBooks(query: Query, processor: Pick<PaymentSandbox, 'intents' | 'refunds'>): Promise<Books> {
  const wrong: string[] = []
  const none = async (what: string, text: string) => {
    const { rows } = await query(text)
    if (rows.length > 0) wrong.push(`${what}: ${JSON.stringify(rows.slice(0, 3))}`)
  }
  const number = async (text: string) => Number((await query(text)).rows[0]?.['n'] ?? 0)
  const same = (what: string, ours: unknown, theirs: unknown) => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      wrong.push(
        `${what}: ours ${JSON.stringify(ours)?.slice(0, 300)}, theirs ${JSON.stringify(theirs)?.slice(0, 300)}`,
      )
  }
  await none(
    'entries that do not sum to zero',
    'select entry_id from billing.journal_line group by 1 having sum(amount) <> 0',
  )
  await none(
    'balances that are not their lines',
    `select account_id from billing.account_balance full join
       (select account_id, sum(amount) as lines from billing.journal_line group by 1) l using (account_id)
      where balance is distinct from lines`,
  )
  await none(
    'payments whose entries, receipt or status differ',
    `select p.id, p.status from billing.payment p
      where (select count(*) from billing.journal_entry e where e.payment_id = p.id and e.kind = 'payment')
              <> (p.status = 'succeeded')::int
         or (select coalesce(sum(amount), 0) from billing.refund r where r.payment_id = p.id and r.status = 'succeeded') <> p.refunded
         or (select coalesce(sum(amount), 0) from billing.refund r where r.payment_id = p.id and r.status in ('created', 'processing')) <> p.refunding`,
  )
  await none(
    'invoices that do not add up',
    `select i.id from billing.invoice i
      where i.paid <> (select coalesce(sum(amount - refunded - surplus), 0) from billing.payment p where p.invoice_id = i.id and p.status = 'succeeded')
         or i.reserved <> (select coalesce(sum(amount), 0) from billing.payment p where p.invoice_id = i.id and p.status in ('created', 'processing'))`,
  )
  const receipts = await number('select count(receipt_number) as n from billing.payment')
  const last = await number('select max(receipt_number) as n from billing.payment')
  if (last !== receipts) wrong.push(`${receipts} receipts, the last has number ${last}`)
  const ours = (
    await query(`select id, amount::int as amount from billing.payment where status = 'succeeded' order by id`)
  ).rows
  const theirs = processor
    .intents()
    .filter(({ status }) => status === 'succeeded')
    .map(({ metadata, amount }) => ({ id: metadata['wellgate_payment'], amount }))
    .toSorted((a, b) => String(a.id).localeCompare(String(b.id)))
  same('payments that succeeded', ours, theirs)
  const given = (
    await query(`select id, amount::int as amount from billing.refund where status = 'succeeded' order by id`)
  ).rows
  const back = processor
    .refunds()
    .filter(({ status }) => status === 'succeeded')
    .map(({ metadata, amount }) => ({ id: metadata['wellgate_refund'], amount }))
    .toSorted((a, b) => String(a.id).localeCompare(String(b.id)))
  same('refunds', given, back)
  const sum = (items: readonly { amount: number }[]) => items.reduce((total, { amount }) => total + amount, 0)
  const clearing = await number(
    `select sum(balance) as n from billing.account_balance b join billing.account a on a.id = b.account_id where a.kind = 'processor-clearing'`,
  )
  same('what the processor owes us', clearing, sum(theirs) - sum(back))
  const byStatus = Object.fromEntries(
    (await query('select status, count(*)::int as n from billing.payment group by 1')).rows.map(({ status, n }) => [
      status,
      n,
    ]),
  ) as Record<string, number>
  return { wrong, byStatus, receipts }
}

/** Throws inside the database, where a table is written or what was written is committed, until it is mended. */
export async function breakTable(
  till: Till,
  table: string,
  when: 'at once' | 'at commit' = 'at once',
): Promise<() => Promise<void>> {
  const { adminPool } = till.service
  const [trigger, each] =
    when === 'at once'
      ? ['trigger break_off before', 'for each row']
      : ['constraint trigger break_off after', 'deferrable initially deferred for each row']
  await adminPool.query(`
    create or replace function public.break_off() returns trigger language plpgsql as
      $$ begin raise exception 'broken off' using errcode = '57P01'; end $$;
    create ${trigger} insert or update on billing.${table} ${each} execute function public.break_off()`)
  return async () => void (await adminPool.query(`drop trigger break_off on billing.${table}`))
}

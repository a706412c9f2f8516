import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { execute, maybeOne, one } from '@wellgate/shared/db/query'
import { withTx, type Tx } from '@wellgate/shared/db/tx'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { daysOf } from '../src/days.ts'
import * as invoiceSql from '../src/invoices/invoice-sql.ts'
import { issueInvoice, prepareInvoice } from '../src/invoices/issue-invoice.ts'
import { applyPayment, releasePayment, reservePayment, unapplyPayment } from '../src/invoices/settle.ts'
import { postEntry } from '../src/ledger/post-entry.ts'
import { takeNumber } from '../src/number-repository.ts'
import * as paymentSql from '../src/payments/payment-sql.ts'
import { createFlights, freeOf } from './property-flights.ts'
import { anyStep, type Model, type Operation, type Step } from './property-model.ts'
import { statementFaults } from './statement-faults.ts'
import { day, type Office, paymentLines, startOffice, storeRefund } from './support.ts'

/** WELLGATE_TEST_OPERATIONS=100000 for the whole of it: minutes. */
const OPERATIONS = Number(process.env['WELLGATE_TEST_OPERATIONS'] ?? 2_000)
/** Operations beside each other, each on invoices of its own patients, all on the same accounts and counters. */
const ABREAST = 8
const BATCH = 50
const AUDIT_EVERY = 10_000
const PATIENTS = 40

let office: Office
beforeAll(async () => {
  office = await startOffice({ WELLGATE_STATEMENT_TIMEOUT_MS: '60000', WELLGATE_POOL_MAX: '16' }, ['http'])
})
afterAll(() => office?.service.stop())

it(
  `keeps debits equal to credits, and balances to lines, over ${OPERATIONS} operations`,
  { timeout: 1_200_000 },
  async () => {
    const { platform } = office.service.running
    const dayOf = daysOf('UTC')
    const config = { WELLGATE_INVOICE_DUE_DAYS: 30 } as never
    const deps = { ...platform, config, currency: 'USD', dayOf, today: () => day(), codeIndex: (code: string) => code }
    const people: string[] = Array.from({ length: PATIENTS }, () => randomUUID())
    for (const patientId of people)
      await office.service.adminPool.query('insert into billing.patient values ($1)', [patientId])
    for (const [index, patientId] of people.entries())
      if (index % 3 === 0) await office.insure(patientId, { kind: 'percentage', patientPercent: index })

    const flights = createFlights(deps)
    const lanes: Model[][] = Array.from({ length: ABREAST }, () => [])
    const done = new Map<Operation, number>()
    const entryOf = (tx: Tx, of: Model, rest: Omit<Parameters<typeof postEntry>[1], 'currency' | 'patientId'>) =>
      postEntry(tx, { currency: 'USD', patientId: of.patientId, invoiceId: of.id, ...rest })
    const restOf = (of: Model) => (of.voided ? 0 : of.share - of.paid - of.adjusted)

    /** What the database must refuse, and the transaction lives on. */
    const refused = async (tx: Tx, work: () => Promise<unknown>): Promise<void> => {
      await tx.query('savepoint s')
      const error: unknown = await work().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      await tx.query('rollback to savepoint s')
      expect(error, 'this should have been refused').toBeInstanceOf(Error)
    }

    const apply = async (tx: Tx, lane: number, { operation: what, pick, amount }: Step): Promise<boolean> => {
      const own = lanes[lane] ?? []
      // Some of fourteen months.
      const bookedOn = day(-(pick % 400))
      const of = own[pick % Math.max(own.length, 1)]
      if (what === 'charge' || !of) {
        const patientId = people[(pick % (PATIENTS / ABREAST)) * ABREAST + lane] ?? ''
        const line = { code: 'X', description: 'X', servicedOn: day(), quantity: 1, unitAmount: amount, amount }
        const prepared = await prepareInvoice(deps, { patientId, appointmentId: null, line })
        const id = await issueInvoice({ ...deps, today: () => bookedOn }, tx, prepared)
        const percent = people.indexOf(patientId) % 3 === 0 ? people.indexOf(patientId) : 100
        const share = Math.round((amount * percent) / 100)
        const nothing = { paid: 0, adjusted: 0, insurerPaid: 0, reserved: 0, voided: false }
        const rest = { ...nothing, payments: [], entries: [], flights: [] }
        own.push({ id, patientId, share, insurerShare: amount - share, ...rest })
        return true
      }
      const rest = restOf(of)
      const free = freeOf(of)
      switch (what) {
        case 'pay': {
          if (free === 0) return false
          const paying = 1 + (amount % free)
          const id = randomUUID()
          await reservePayment(tx, of.id, paying)
          const about = [id, of.id, of.patientId, paying, 'USD', of.patientId, Buffer.alloc(0)]
          await execute(tx, paymentSql.insertPayment, about)
          await applyPayment(tx, of.id, paying)
          await entryOf(tx, of, {
            id: randomUUID(),
            bookedOn,
            kind: 'payment',
            paymentId: id,
            lines: paymentLines(paying),
          })
          await one(tx, paymentSql.markSucceeded, [id, `pi_${id}`, await takeNumber(tx, 'receipt'), 0])
          of.paid += paying
          of.payments.push({ id, left: paying, amount: paying })
          return true
        }
        case 'fail':
          if (free === 0) return false
          await reservePayment(tx, of.id, free)
          await releasePayment(tx, of.id, free)
          return true
        case 'again': {
          const payment = of.payments[pick % Math.max(of.payments.length, 1)]
          if (!payment) return false
          const twice = {
            id: randomUUID(),
            bookedOn,
            kind: 'payment',
            paymentId: payment.id,
            lines: paymentLines(payment.amount),
          } as const
          await refused(tx, () => entryOf(tx, of, twice))
          return true
        }
        case 'refund': {
          const payment = of.payments.find(({ left }) => left > 0)
          if (!payment) return false
          const back = 1 + (amount % payment.left)
          const refundId = await storeRefund(tx, { paymentId: payment.id, patientId: of.patientId, amount: back })
          await unapplyPayment(tx, of.id, back)
          const lines = paymentLines(-back)
          await entryOf(tx, of, { id: randomUUID(), bookedOn, kind: 'refund', refundId, paymentId: payment.id, lines })
          payment.left -= back
          of.paid -= back
          return true
        }
        case 'adjust': {
          if (free === 0) return false
          const less = 1 + (amount % free)
          const id = randomUUID()
          const lines = [
            { account: pick % 2 === 0 ? 'adjustments' : 'write-offs', amount: less },
            { account: 'patient-receivable', amount: -less },
          ] as const
          await execute(tx, invoiceSql.adjustPatient, [of.id, less])
          await entryOf(tx, of, { id, bookedOn, kind: pick % 2 === 0 ? 'adjustment' : 'write-off', lines })
          of.adjusted += less
          of.entries.push({ id, lines, move: invoiceSql.adjustPatient, undo: () => (of.adjusted -= less) })
          return true
        }
        case 'insurer': {
          const open = of.voided ? 0 : of.insurerShare - of.insurerPaid
          if (open === 0) return false
          const paying = 1 + (amount % open)
          const id = randomUUID()
          const lines = [
            { account: 'cash', amount: paying },
            { account: 'insurer-receivable', amount: -paying },
          ] as const
          await execute(tx, invoiceSql.payInsurer, [of.id, paying])
          await entryOf(tx, of, { id, bookedOn, kind: 'insurer-payment', lines })
          of.insurerPaid += paying
          of.entries.push({ id, lines, move: invoiceSql.payInsurer, undo: () => (of.insurerPaid -= paying) })
          return true
        }
        case 'reverse':
        case 'reverse-again': {
          const entry = of.entries.pop()
          if (!entry) return false
          const lines = entry.lines.map((line) => ({ ...line, amount: -line.amount }))
          const post = () =>
            entryOf(tx, of, { id: randomUUID(), bookedOn, kind: 'reversal', reverses: entry.id, lines })
          const credited = entry.lines[1]?.amount
          await execute(tx, entry.move, [of.id, credited])
          await post()
          entry.undo()
          if (what === 'reverse-again') await refused(tx, post)
          return true
        }
        case 'void': {
          const used = of.paid + of.adjusted + of.insurerPaid + of.reserved > 0 || of.voided
          expect((await maybeOne(tx, invoiceSql.voidInvoice, [of.id])) === undefined).toBe(used)
          if (used) return false
          const { rows } = await tx.query<{ id: string }>({
            name: 'test.charge',
            text: `select id from journal_entry where invoice_id = $1 and kind = 'charge'`,
            values: [of.id],
          })
          const lines = [
            { account: 'patient-receivable', amount: -of.share },
            { account: 'insurer-receivable', amount: -of.insurerShare },
            { account: 'revenue', amount: of.share + of.insurerShare },
          ] as const
          await entryOf(tx, of, { id: randomUUID(), bookedOn, kind: 'reversal', reverses: rows[0]?.id, lines })
          of.voided = true
          return true
        }
        case 'too-much':
          await expect(reservePayment(tx, of.id, rest + 1)).rejects.toThrow(/./)
          return true
        case 'begin':
          return flights.begin(tx, of, pick, amount)
        case 'give-back':
          return flights.giveBack(tx, of, pick, amount)
        case 'hear':
          throw new Error('it takes transactions of its own')
        default:
          return what satisfies never
      }
    }

    /** Every account by its balance, and by the model. */
    const agree = async (): Promise<void> => {
      const { rows } = await office.service.pool.query<{ kind: string; patient_id: string; balance: string }>(
        `select a.kind, a.patient_id, b.balance from account a join account_balance b on b.account_id = a.id`,
      )
      expect(rows.reduce((sum, { balance }) => sum + Number(balance), 0)).toBe(0)
      const surplus = lanes.flat().flatMap((each) => each.flights.map((payment) => payment.surplus))
      const owed = Number(rows.find(({ kind }) => kind === 'refunds-payable')?.balance ?? 0)
      expect(0 - owed).toBe(surplus.reduce((sum, amount) => sum + amount, 0))
      const receivable = new Map<string, number>()
      const insurer = new Map<string, number>()
      for (const each of lanes.flat().filter(({ voided }) => !voided)) {
        receivable.set(each.patientId, (receivable.get(each.patientId) ?? 0) + restOf(each))
        insurer.set(each.patientId, (insurer.get(each.patientId) ?? 0) + each.insurerShare - each.insurerPaid)
      }
      for (const patientId of people) {
        const at = (kind: string) =>
          Number(rows.find((row) => row.kind === kind && row.patient_id === patientId)?.balance ?? 0)
        expect(at('patient-receivable')).toBe(receivable.get(patientId) ?? 0)
        expect(at('insurer-receivable')).toBe(insurer.get(patientId) ?? 0)
      }
    }

    const steps = fc.sample(anyStep, { numRuns: OPERATIONS * 2, seed: 20_261_123 })
    let [at, count] = [0, 0]
    const step = (lane: number, each: Step): Promise<boolean> => {
      const own = lanes[lane] ?? []
      const of = own[each.pick % Math.max(own.length, 1)]
      if (each.operation === 'hear' && of) return flights.hear(of, each.pick, each.amount)
      return withTx(office.service.pool, (tx) => apply(tx, lane, each))
    }
    /** One lane of a batch; the model changes with the commit or the test has failed. */
    const walk = async (lane: number): Promise<void> => {
      for (const each of steps.slice(at + lane * BATCH, at + (lane + 1) * BATCH)) {
        if (!(await step(lane, each))) continue
        count++
        done.set(each.operation, (done.get(each.operation) ?? 0) + 1)
      }
    }
    while (at < steps.length) {
      if (count >= OPERATIONS) break
      const before = count
      await Promise.all(lanes.map((_, lane) => walk(lane)))
      at += ABREAST * BATCH
      await agree()
      if (Math.floor(before / AUDIT_EVERY) < Math.floor(count / AUDIT_EVERY)) {
        expect(await office.faults()).toEqual([])
        process.stdout.write(`${count} operations\n`)
      }
    }
    expect(count).toBeGreaterThanOrEqual(OPERATIONS)
    expect(done.size, 'every kind of operation').toBe(14)
    expect(await office.faults()).toEqual([])
    const { rows } = await office.service.pool.query<Record<string, string>>(
      'select id, reserved, paid, adjusted, insurer_paid from invoice order by id',
    )
    const invoices = rows.map(({ id, ...parts }) => [id, ...Object.values(parts).map(Number)])
    const models = lanes.flat().map((of) => [of.id, of.reserved, of.paid, of.adjusted, of.insurerPaid])
    expect(invoices).toEqual(models.toSorted(([a], [b]) => String(a).localeCompare(String(b))))
    for (const patientId of people) {
      const own = lanes.flat().filter((each) => each.patientId === patientId)
      const owed = own.reduce((sum, each) => sum + restOf(each), 0)
      expect(await statementFaults(office.service.pool, patientId, owed)).toEqual([])
    }
  },
)

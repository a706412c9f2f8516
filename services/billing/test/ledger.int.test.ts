import { randomUUID } from 'node:crypto'
import { withTx, type Tx } from '@wellgate/shared/db/tx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyPayment, releasePayment, reservePayment, unapplyPayment } from '../src/invoices/settle.ts'
import { type Entry, postEntry } from '../src/ledger/post-entry.ts'
import { takeNumber } from '../src/number-repository.ts'
import { day, type Office, pay, startOffice, storePayment, storeRefund } from './support.ts'

let office: Office
beforeAll(async () => {
  office = await startOffice()
})
afterAll(async () => {
  expect(await office.faults()).toEqual([])
  await office.service.stop()
})

const inTx = <T>(work: (tx: Tx) => Promise<T>) => withTx(office.service.pool, work)
const entry = (over: Partial<Entry> = {}): Entry => ({
  id: randomUUID(),
  kind: 'adjustment',
  bookedOn: day(),
  currency: 'USD',
  patientId: randomUUID(),
  lines: [
    { account: 'adjustments', amount: 100 },
    { account: 'revenue', amount: -100 },
  ],
  ...over,
})
const post = (over: Partial<Entry> = {}) => inTx((tx) => postEntry(tx, entry(over)))
const constraintOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing refused',
    (error: { constraint?: string; code?: string }) => error.constraint ?? error.code,
  )

describe('the database refuses', () => {
  it('an entry that does not sum to zero', async () => {
    const lines = [
      { account: 'cash', amount: 100 },
      { account: 'revenue', amount: -99 },
    ] as const
    expect(await constraintOf(post({ lines }))).toBe('journal_entry_balanced')
  })

  it('an entry with fewer than two lines, or none', async () => {
    expect(await constraintOf(post({ lines: [{ account: 'cash', amount: 1 }] }))).toBe('journal_entry_two_lines')
    expect(await constraintOf(post({ lines: [] }))).toBe('journal_entry_two_lines')
  })

  it('lines that are added to an entry later, be their sum zero', async () => {
    const posted = entry()
    await inTx((tx) => postEntry(tx, posted))
    const added = inTx((tx) =>
      tx.query(
        'insert into journal_line select entry_id, line + 2, account_id, -amount from journal_line where entry_id = $1',
        [posted.id],
      ),
    )
    expect(await constraintOf(added)).toBe('journal_line_with_entry')
  })

  it('a second entry for one payment, one refund, one charge, one reversed entry', async () => {
    const { patientId } = await office.patient()
    const invoiceId = (await office.invoice(patientId, 'VISIT-30')).id
    const about = await inTx(async (tx) => {
      const paymentId = await storePayment(tx, { invoiceId, patientId, amount: 100 })
      return {
        paymentId,
        refundId: await storeRefund(tx, { paymentId, patientId, amount: 100 }),
        invoiceId: randomUUID(),
      }
    })
    const first = entry()
    await inTx((tx) => postEntry(tx, first))
    for (const over of [
      { kind: 'payment', paymentId: about.paymentId },
      { kind: 'refund', refundId: about.refundId },
      { kind: 'charge', invoiceId: about.invoiceId },
      { kind: 'reversal', reverses: first.id },
    ] as const) {
      await post(over)
      expect(await constraintOf(post(over))).toMatch(/_once$/)
    }
  })

  it('changes and deletions, of the service by grant and of the owner by trigger', async () => {
    for (const table of ['journal_entry', 'journal_line', 'day_close']) {
      for (const change of [`delete from ${table}`, `truncate ${table} cascade`]) {
        expect(await constraintOf(inTx((tx) => tx.query(change)))).toBe('42501')
        expect(await constraintOf(office.service.adminPool.query(change.replace(table, `billing.${table}`)))).toBe(
          '23000',
        )
      }
    }
    const raise = 'update journal_line set amount = amount + 1'
    expect(await constraintOf(inTx((tx) => tx.query(raise)))).toBe('42501')
    expect(await constraintOf(office.service.adminPool.query(raise.replace('journal', 'billing.journal')))).toBe(
      '23000',
    )
    expect(await constraintOf(inTx((tx) => tx.query('update account_balance set balance = 0')))).toBe('42501')
    expect(await constraintOf(inTx((tx) => tx.query('delete from invoice')))).toBe('42501')
  })

  it('a change of whose an account is, of what it is of, and of what a payment paid', async () => {
    const { patientId } = await office.patient()
    const { id: invoiceId } = await office.invoice(patientId, 'VISIT-30')
    const another = await office.invoice(patientId, 'VISIT-30')
    const paymentId = await pay(office, invoiceId, patientId, 100)
    for (const change of ['patient_id = gen_random_uuid()', "kind = 'insurer-receivable'", "currency = 'EUR'"])
      expect(
        await constraintOf(inTx((tx) => tx.query(`update account set ${change} where patient_id = $1`, [patientId]))),
      ).toBe('42501')
    for (const change of [
      `invoice_id = '${another.id}'`,
      "intent_id = 'pi_another'",
      'receipt_number = receipt_number + 1000',
      'settled_at = now()',
    ])
      expect(
        await constraintOf(inTx((tx) => tx.query(`update payment set ${change} where id = $1`, [paymentId]))),
      ).toBe('23000')
  })

  it('a change of what an invoice says', async () => {
    const { id } = await office.invoice((await office.patient()).patientId, 'VISIT-30')
    for (const change of [
      'total = total + 1, patient_share = patient_share + 1',
      'number = number + 7',
      'due_on = due_on + 1',
    ])
      expect(await constraintOf(inTx((tx) => tx.query(`update invoice set ${change} where id = $1`, [id])))).toBe(
        '23000',
      )
    const over = inTx((tx) => tx.query('update invoice set paid = patient_share + 1 where id = $1', [id]))
    expect(await constraintOf(over)).toBe('invoice_not_overpaid')
  })
})

describe('payments in flight', () => {
  it('cannot together be more than is owed', async () => {
    const { id } = await office.invoice((await office.patient()).patientId, 'VISIT-30')
    const reserve = (amount: number) =>
      inTx((tx) => reservePayment(tx, id, amount)).then(
        () => 'reserved',
        ({ code }: { code: string }) => code,
      )
    const tries = await Promise.all(Array.from({ length: 6 }, () => reserve(5_000)))
    expect(tries.toSorted()).toEqual([...Array.from({ length: 4 }, () => 'payment-in-flight'), 'reserved', 'reserved'])
    expect(await reserve(12_001)).toBe('above-balance')
    await inTx((tx) => releasePayment(tx, id, 5_000))
    expect(await reserve(7_001)).toBe('payment-in-flight')
    await inTx((tx) => releasePayment(tx, id, 5_000))
    await expect(inTx((tx) => releasePayment(tx, id, 1))).rejects.toThrow('the invoice does not allow it')
    await expect(inTx((tx) => applyPayment(tx, id, 1))).rejects.toThrow('the invoice does not allow it')
    await expect(inTx((tx) => unapplyPayment(tx, id, 1))).rejects.toThrow('the invoice does not allow it')
  })
})

it('gives a number back when what took it fails', async () => {
  const before = await inTx((tx) => takeNumber(tx, 'receipt'))
  await expect(
    inTx(async (tx) => {
      await takeNumber(tx, 'receipt')
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  const after = await Promise.all(Array.from({ length: 5 }, () => inTx((tx) => takeNumber(tx, 'receipt'))))
  expect(after.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5].map((step) => before + step))
})

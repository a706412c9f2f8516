import { invoiceIssued } from '@wellgate/shared/contracts/billing/events'
import { type InvoiceLine, MAX_AMOUNT } from '@wellgate/shared/contracts/billing/models'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { execute } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { coverageOn } from '../insurance/coverage-repository.ts'
import { type Share, shareOf } from '../insurance/share.ts'
import { addDays } from '../days.ts'
import type { Deps } from '../deps.ts'
import { billingErrors } from '../errors.ts'
import { postEntry } from '../ledger/post-entry.ts'
import { money } from '../money.ts'
import { takeNumber } from '../number-repository.ts'
import { numberText } from './invoice.ts'
import { invoices } from './invoice-repository.ts'
import * as sql from './invoice-sql.ts'

/** An invoice that is ready to be issued. */
export interface PreparedInvoice {
  readonly id: string
  readonly patientId: string
  readonly appointmentId: string | null
  readonly total: number
  readonly share: Share
  /** Its line, sealed. */
  readonly document: Buffer
}

/**
 * Prepares an invoice of one line, its shares by the insurance in force on the day of service. Before the transaction: the
 * patient's keys may need a connection.
 * @throws `amount-too-large`
 */
export async function prepareInvoice(
  { pool, sealer, newId }: Pick<Deps, 'pool' | 'sealer' | 'newId'>,
  of: { readonly patientId: string; readonly appointmentId: string | null; readonly line: InvoiceLine },
): Promise<PreparedInvoice> {
  const { patientId, appointmentId, line } = of
  const total = line.amount
  if (total > MAX_AMOUNT) {
    const expected = `at most ${Math.floor(MAX_AMOUNT / line.unitAmount)}`
    throw billingErrors['amount-too-large']({ fields: [{ field: 'body.quantity', expected }] })
  }
  const id = newId()
  const document = await invoices.seal(sealer, id, patientId, { lines: [line] })
  const covered = await coverageOn(pool, sealer, patientId, line.servicedOn)
  return { id, patientId, appointmentId, total, share: shareOf(total, covered), document }
}

/** Issues a prepared invoice: entry, number and event, all in the caller's transaction. Gives its id. */
export async function issueInvoice(deps: Deps, tx: Tx, prepared: PreparedInvoice): Promise<string> {
  const { outbox, newId, currency, config } = deps
  const { id, patientId, appointmentId, total, document } = prepared
  const { patientShare, insurerShare } = prepared.share
  const issuedOn = deps.today()
  const dueOn = addDays(issuedOn, config.WELLGATE_INVOICE_DUE_DAYS)

  const lines = [
    { account: 'patient-receivable', amount: patientShare },
    { account: 'insurer-receivable', amount: insurerShare },
    { account: 'revenue', amount: -total },
  ] as const
  await postEntry(tx, { id: newId(), kind: 'charge', bookedOn: issuedOn, currency, patientId, invoiceId: id, lines })
  // The number last: everyone else who issues an invoice waits for it.
  const number = await takeNumber(tx, 'invoice')
  const [when, shares] = [
    [issuedOn, dueOn, currency],
    [total, patientShare, insurerShare],
  ]
  await execute(tx, sql.insertInvoice, [id, number, patientId, appointmentId, ...when, ...shares, document])
  const payload = {
    invoiceId: id,
    patientId: PatientId.parse(patientId),
    number: numberText('INV', number),
    issuedOn,
    dueOn,
    total: money(total, currency),
    patientShare: money(patientShare, currency),
  }
  await outbox.append(tx, invoiceIssued, { aggregateVersion: 1, payload })
  return id
}

import type { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import { execute, maybeOne } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { issueInvoice, prepareInvoice, type PreparedInvoice } from '../invoices/issue-invoice.ts'
import { knowPatient } from '../patient-repository.ts'
import { prices } from '../prices/price-repository.ts'
import { lineOf, sealCharge } from './charge.ts'
import * as sql from './charge-sql.ts'

type Visit = PayloadOf<typeof visitCompleted>

/** What a visit is charged, ready to be stored. */
export interface PreparedVisit {
  readonly id: string
  readonly visit: Pick<Visit, 'appointmentId' | 'patientId' | 'priceCode'>
  readonly servicedOn: string
  readonly document: Buffer
  /** Undefined while the code has no price. */
  readonly invoice: PreparedInvoice | undefined
}

/** Prices and seals what a visit is charged. Before the transaction: the patient's keys may need a connection. */
export async function prepareVisit(deps: Deps, visit: Visit): Promise<PreparedVisit> {
  const { pool, sealer, newId, dayOf } = deps
  const { patientId, appointmentId, priceCode: code } = visit
  const id = newId()
  const servicedOn = dayOf(new Date(visit.start))
  const price = await prices.at(pool, code, servicedOn)
  const description = price?.description ?? null
  const document = await sealCharge(sealer, id, patientId, { code, description, quantity: 1 })
  const line = price && lineOf(price, 1, servicedOn)
  const invoice = line && (await prepareInvoice(deps, { patientId, appointmentId, line }))
  return { id, visit, servicedOn, document, invoice }
}

/**
 * Charges for a visit that took place, once however often it is told, and invoices it. A code without a price parks
 * nothing: the charge waits as `unpriced`, staff see it, and the price that is put (or the job, where that came in
 * between) invoices it.
 */
export async function chargeVisit(deps: Deps, tx: Tx, prepared: PreparedVisit): Promise<void> {
  const { id, servicedOn, document, invoice } = prepared
  const { patientId, appointmentId, priceCode } = prepared.visit
  if (await maybeOne(tx, sql.chargeOfVisit, [appointmentId])) return
  await knowPatient(tx, patientId)
  const priced = invoice
    ? [null, invoice.total, await issueInvoice(deps, tx, invoice)]
    : [deps.codeIndex(priceCode), null, null]
  await execute(tx, sql.insertCharge, [id, patientId, appointmentId, servicedOn, ...priced, document])
}

import type { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import { execute, maybeOne } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { issueInvoice } from '../invoices/issue-invoice.ts'
import { knowPatient } from '../patient-repository.ts'
import { prices } from '../prices/price-repository.ts'
import { lineOf, sealCharge } from './charge.ts'
import * as sql from './charge-sql.ts'

/**
 * Charges for a visit that took place, once however often it is told, and invoices it. A code without a price parks
 * nothing: the charge waits as `unpriced`, staff see it, and the price that is put invoices it.
 */
export async function chargeVisit(deps: Deps, tx: Tx, visit: PayloadOf<typeof visitCompleted>): Promise<void> {
  const { sealer, newId, dayOf, codeIndex } = deps
  const { patientId, appointmentId, priceCode: code } = visit
  if (await maybeOne(tx, sql.chargeOfVisit, [appointmentId])) return
  await knowPatient(tx, patientId)
  const id = newId()
  const servicedOn = dayOf(new Date(visit.start))
  const price = await prices.at(tx, code, servicedOn)
  const document = await sealCharge(sealer, id, patientId, {
    code,
    description: price?.description ?? null,
    quantity: 1,
  })
  if (!price) {
    const waiting = [codeIndex(code), null, null, document]
    await execute(tx, sql.insertCharge, [id, patientId, appointmentId, servicedOn, ...waiting])
    return
  }
  const line = lineOf(price, 1, servicedOn)
  const invoiceId = await issueInvoice(deps, tx, { patientId, appointmentId, line })
  const priced = [null, line.amount, invoiceId, document]
  await execute(tx, sql.insertCharge, [id, patientId, appointmentId, servicedOn, ...priced])
}

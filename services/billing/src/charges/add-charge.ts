import type { Charge } from '@wellgate/shared/contracts/billing/models'
import { execute, one } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import { type IdempotencyKey, once } from '@wellgate/shared/http/idempotency'
import type { Deps } from '../deps.ts'
import { billingErrors } from '../errors.ts'
import { issueInvoice, prepareInvoice } from '../invoices/issue-invoice.ts'
import { ledgerConstraints } from '../ledger/post-entry.ts'
import { requireKnown } from '../patient-repository.ts'
import { prices } from '../prices/price-repository.ts'
import { lineOf, openCharges, sealCharge } from './charge.ts'
import * as sql from './charge-sql.ts'

/**
 * Charges a patient by hand and invoices it.
 * @throws `unknown-patient`, `not-yet` (a day to come), `not-priced`, `amount-too-large`
 */
export async function addCharge(
  deps: Deps,
  request: {
    readonly patientId: string
    readonly code: string
    readonly servicedOn: string
    readonly quantity: number
    readonly key: IdempotencyKey
  },
): Promise<Charge> {
  const { pool, sealer, newId, currency, today } = deps
  const { patientId, code, servicedOn, quantity, key } = request
  if (servicedOn > today())
    throw billingErrors['not-yet']({ fields: [{ field: 'body.servicedOn', expected: 'a day until today' }] })
  await requireKnown(pool, patientId, 'body.patientId')
  const id = newId()
  // Sealed before the transaction: a new patient's data key needs a connection, and who waits for one holds none.
  const price = await prices.at(pool, code, servicedOn)
  const line = price && lineOf(price, quantity, servicedOn)
  const sealed = line && {
    invoice: await prepareInvoice(deps, { patientId, appointmentId: null, line }),
    document: await sealCharge(sealer, id, patientId, { code, description: line.description, quantity }),
  }
  const { resultId } = await withTx(
    pool,
    (tx) =>
      once(tx, key, async () => {
        if (!sealed)
          throw billingErrors['not-priced']({
            fields: [{ field: 'body.code', expected: 'a code with a price on that day' }],
          })
        const { invoice, document } = sealed
        const priced = [null, invoice.total, await issueInvoice(deps, tx, invoice), document]
        await execute(tx, sql.insertCharge, [id, patientId, null, servicedOn, ...priced])
        return { status: 201, resultId: id }
      }),
    { constraints: ledgerConstraints, retry: true },
  )
  const [charge] = await openCharges(sealer, [await one(pool, sql.chargeById, [resultId])], currency)
  if (!charge) throw new Error('a charge that was stored is gone')
  return charge
}

import { execute, maybeOne, rows } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { issueInvoice, prepareInvoice } from '../invoices/issue-invoice.ts'
import { prices } from '../prices/price-repository.ts'
import { lineOf, openCharge, sealCharge } from './charge.ts'
import * as sql from './charge-sql.ts'

const BATCH = 100

/**
 * Invoices the charges that waited for a price of these codes, each in its own transaction; gives how many. Looks at one
 * batch of 100 where it is not given a signal: who waits for an answer does not wait for thousands. One that fails does
 * not keep those behind it.
 * @throws what the first of those that failed threw, after the others
 */
export async function invoiceWaiting(deps: Deps, codes: readonly string[], signal?: AbortSignal): Promise<number> {
  const indexes = codes.map((code) => deps.codeIndex(code))
  const failures: unknown[] = []
  let invoiced = 0
  for (let after: string | null = null; ;) {
    const batch: { id: string }[] = await rows(deps.pool, sql.waitingCharges, [indexes, after, BATCH])
    for (const { id } of batch) {
      if (signal?.aborted) return invoiced
      try {
        if (await invoiceOne(deps, id)) invoiced++
      } catch (error) {
        failures.push(error)
      }
    }
    after = batch.at(-1)?.id ?? null
    if (!signal || after === null || batch.length < BATCH) break
  }
  if (failures.length > 0) throw failures[0]
  return invoiced
}

/** Opens and seals before the transaction: keys may need a connection. What is sealed of a charge that waits stays as it is. */
async function invoiceOne(deps: Deps, id: string): Promise<boolean> {
  const { pool, sealer } = deps
  const row = await maybeOne(pool, sql.waitingCharge, [id])
  if (!row) return false
  const { patient_id: patientId, appointment_id: appointmentId, serviced_on: servicedOn } = row
  const { code, quantity } = await openCharge(sealer, row)
  const price = await prices.at(pool, code, servicedOn)
  if (!price) return false
  const line = lineOf(price, quantity, servicedOn)
  const document = await sealCharge(sealer, id, patientId, { code, description: price.description, quantity })
  const invoice = await prepareInvoice(deps, { patientId, appointmentId, line })
  return withTx(
    pool,
    async (tx) => {
      if (!(await maybeOne(tx, sql.lockWaiting, [id]))) return false
      await execute(tx, sql.invoiceCharge, [id, line.amount, await issueInvoice(deps, tx, invoice), document])
      return true
    },
    { retry: true },
  )
}

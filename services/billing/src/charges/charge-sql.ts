import type { Charge } from '@wellgate/shared/contracts/billing/models'
import { statement } from '@wellgate/shared/db/query'

export interface ChargeRow {
  readonly id: string
  readonly patient_id: string
  readonly appointment_id: string | null
  readonly serviced_on: string
  readonly status: Charge['status']
  readonly amount: number | null
  readonly invoice_id: string | null
  readonly document: Buffer
}

const SELECT = `select id, patient_id, appointment_id, serviced_on, status, amount::float8 as amount, invoice_id, document
   from charge`

export const chargeById = statement<ChargeRow>('charge.by-id', `${SELECT} where id = $1`)

export const chargeOfVisit = statement('charge.of-visit', 'select from charge where appointment_id = $1')

/** Latest first, each filter null for any: of patient $1, status $2, served from $3 to $4, before id $5, at most $6. */
export const listCharges = statement<ChargeRow>(
  'charge.list',
  `${SELECT} where ($1::uuid is null or patient_id = $1) and ($2::text is null or status = $2)
      and ($3::date is null or serviced_on >= $3) and ($4::date is null or serviced_on <= $4)
      and ($5::uuid is null or id < $5)
    order by id desc limit $6`,
)

export const insertCharge = statement(
  'charge.insert',
  `insert into charge (id, patient_id, appointment_id, serviced_on, status, code_index, amount, invoice_id, document)
   values ($1, $2, $3, $4, case when $7::uuid is null then 'unpriced' else 'invoiced' end, $5, $6, $7, $8)`,
)

/** What waits for a price under one of the keyed hashes $1, after id $2, at most $3. */
export const waitingCharges = statement<{ id: string }>(
  'charge.waiting',
  `select id from charge where status = 'unpriced' and code_index = any ($1::text[]) and ($2::uuid is null or id > $2)
    order by id limit $3`,
)

export const waitingCharge = statement<ChargeRow>(
  'charge.waiting-by-id',
  `${SELECT} where id = $1 and status = 'unpriced'`,
)

export const lockWaiting = statement(
  'charge.lock-waiting',
  `select from charge where id = $1 and status = 'unpriced' for update skip locked`,
)

export const invoiceCharge = statement(
  'charge.invoice',
  `update charge set status = 'invoiced', code_index = null, amount = $2, invoice_id = $3, document = $4 where id = $1`,
)

export const voidCharges = statement('charge.void', `update charge set status = 'void' where invoice_id = $1`)

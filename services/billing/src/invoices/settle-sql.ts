import { statement } from '@wellgate/shared/db/query'

export interface LockedRow {
  readonly id: string
  readonly patient_id: string
  readonly currency: string
  readonly free: number
  readonly reserved: number
  readonly voided: boolean
  readonly version: number
}

export const lockInvoice = statement<LockedRow>(
  'invoice.lock',
  `select id, patient_id, currency, (patient_share - paid - adjusted - reserved)::float8 as free,
      reserved::float8 as reserved, voided, version
     from invoice where id = $1 for update`,
)

const move = (name: string, change: string, guard: string) =>
  statement<{ version: number }>(
    name,
    `update invoice set ${change}, version = version + 1 where id = $1 and not voided and ${guard} returning version`,
  )

export const reserve = move(
  'invoice.reserve',
  'reserved = reserved + $2::bigint',
  'reserved + paid + adjusted + $2::bigint <= patient_share',
)
export const release = move('invoice.release', 'reserved = reserved - $2::bigint', 'reserved >= $2::bigint')
export const apply = move(
  'invoice.apply',
  'reserved = reserved - $2::bigint, paid = paid + $2::bigint',
  'reserved >= $2::bigint',
)
export const unapply = move('invoice.unapply', 'paid = paid - $2::bigint', 'paid >= $2::bigint')

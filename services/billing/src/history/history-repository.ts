import type { BillingType } from '@wellgate/shared/contracts/interop/import-result'
import type { Place, Sealer } from '@wellgate/shared/crypto/sealer'
import { execute, rows, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'

/** A claim or explanation of benefit as it is kept. */
export interface StoredBill {
  readonly id: string
  /** The claim that it is or refers to; its own id where there is none. */
  readonly entryId: string
  readonly kind: BillingType
  /** Whether it counts: not cancelled, a draft or entered in error. */
  readonly active: boolean
  readonly datedAt: Date
  readonly sourceHash: string
  /** A {@link BillDocument}, sealed. */
  readonly document: Buffer
}

/** What is sealed: the resource as received, and the names that interop has resolved. */
export interface BillDocument {
  readonly resource: string
  readonly performers: readonly string[]
}

export interface ReadBill {
  readonly entryId: string
  readonly kind: BillingType
  readonly at: Date
  readonly document: BillDocument
}

/** Where an entry stands in the list. */
export interface Position {
  readonly at: Date
  readonly id: string
}

const PRESENT = statement<{ id: string; patient_id: string; source_hash: string }>(
  'billing.bill-present',
  'select id, patient_id, source_hash from imported_bill where id = any($1) order by id for update',
)
const INSERT = statement(
  'billing.bill-insert',
  `insert into imported_bill (id, entry_id, kind, active, dated_at, source_hash, document, patient_id, source)
   select id, entry_id, kind, active, dated_at, source_hash, document, $8, $9
   from unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::timestamptz[], $6::text[], $7::bytea[])
     as sent (id, entry_id, kind, active, dated_at, source_hash, document)`,
)
const UPDATE = statement(
  'billing.bill-update',
  `with sent as (
     select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::timestamptz[], $6::text[], $7::bytea[])
       as sent (id, entry_id, kind, active, dated_at, source_hash, document)
   ), prior as (
     insert into imported_bill_history (id, version, patient_id, entry_id, kind, active, dated_at, source, source_hash,
                                        document, updated_at)
     select id, version, patient_id, entry_id, kind, active, dated_at, source, source_hash, document, updated_at
     from imported_bill where id in (select id from sent)
     returning id
   )
   update imported_bill as present
   set entry_id = sent.entry_id, active = sent.active, dated_at = sent.dated_at, source_hash = sent.source_hash,
       document = sent.document, version = present.version + 1, updated_at = now()
   from sent join prior using (id) where present.id = sent.id`,
)
// An entry stands where its claim is dated: an explanation is often written a year later.
const LIST = statement<{ id: string; entry_id: string; kind: BillingType; at: Date; document: Buffer }>(
  'billing.bill-list',
  `with entry as (
     select entry_id, coalesce(max(dated_at) filter (where kind = 'Claim'), max(dated_at)) as at
     from imported_bill where patient_id = $1 and active group by entry_id
   ), page as (
     select entry_id, at from entry where $2::timestamptz is null or (at, entry_id) < ($2, $3::uuid)
     order by at desc, entry_id desc limit $4
   )
   select b.id, b.entry_id, b.kind, page.at, b.document
   from page join imported_bill b on b.patient_id = $1 and b.entry_id = page.entry_id and b.active
   order by page.at desc, page.entry_id desc, b.dated_at, b.id`,
)

const placeOf = (id: string, patient: string): Place => ({
  table: 'imported_bill',
  column: 'document',
  row: id,
  patient,
})

const valuesOf = (bills: readonly StoredBill[]): unknown[] => [
  bills.map(({ id }) => id),
  bills.map(({ entryId }) => entryId),
  bills.map(({ kind }) => kind),
  bills.map(({ active }) => active),
  bills.map(({ datedAt }) => datedAt.toISOString()),
  bills.map(({ sourceHash }) => sourceHash),
  bills.map(({ document }) => document),
]

export type HistoryRepository = ReturnType<typeof createHistoryRepository>

/** The imported bills: the only place that knows their tables. Documents go in sealed and come out open. */
export function createHistoryRepository({ sealer }: { sealer: Sealer }) {
  return {
    /** Seals a bill's document. The patient's keys may need a connection: call it before a transaction begins. */
    seal: (patient: string, id: string, document: BillDocument): Promise<Buffer> =>
      sealer.sealValue(placeOf(id, patient), document),

    /** What is there of these ids, locked in one order. */
    present: (tx: Tx, ids: readonly string[]) => rows(tx, PRESENT, [ids]),

    async insert(tx: Tx, patient: string, source: string, bills: readonly StoredBill[]): Promise<void> {
      if (bills.length > 0) await execute(tx, INSERT, [...valuesOf(bills), patient, source])
    },

    /** Stores the next versions of locked rows and keeps the prior ones. @throws Error when one is not there */
    async update(tx: Tx, bills: readonly StoredBill[]): Promise<void> {
      if (bills.length === 0) return
      const updated = await execute(tx, UPDATE, valuesOf(bills))
      if (updated !== bills.length) throw new Error('an imported bill to update is not there')
    },

    /** The bills of at most `limit` entries, latest entry first; those of one entry together, by their dates. */
    async list(q: Queryable, patient: string, page: { after: Position | null; limit: number }): Promise<ReadBill[]> {
      const { after, limit } = page
      const [found] = await Promise.all([
        rows(q, LIST, [patient, after?.at.toISOString() ?? null, after?.id ?? null, limit]),
        sealer.prefetch([patient]),
      ])
      return found.map(({ id, entry_id: entryId, kind, at, document }) => ({
        entryId,
        kind,
        at,
        document: sealer.openValueSync<BillDocument>(placeOf(id, patient), document),
      }))
    },
  }
}

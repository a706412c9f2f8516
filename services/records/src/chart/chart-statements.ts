import { statement } from '@wellgate/shared/db/query'
import { KINDS, type Kind } from './kinds.ts'

export interface EntryRow {
  readonly id: string
  readonly version: number
  readonly source: string
  readonly encounter_id: string | null
  /** As text, to the microsecond, for the cursor. */
  readonly sort_time: string
  readonly document: Buffer
}

export interface PresentRow {
  readonly id: string
  readonly patient_id: string
  readonly source_hash: string | null
  readonly locally_changed: boolean
  readonly version: number
}

/** The statements of one list. Table names come from {@link KINDS}, never from a request. */
function statementsOf(kind: Kind) {
  const columns = 'id, version, source, encounter_id, clinical_time::text as sort_time, document'
  return {
    /** Newest first. $2 status, $3 category, $4 index values all of which it has, $5 from, $6 to, $7/$8 after, $9 limit. */
    list: statement<EntryRow>(
      `${kind}.list`,
      `select ${columns} from ${kind}
       where patient_id = $1
         and ($2::text is null or status = $2)
         and ($3::text is null or category @> array[$3])
         and ($4::text[] is null or code_index @> $4)
         and ($5::timestamptz is null or clinical_time >= $5)
         and ($6::timestamptz is null or (clinical_time < $6 and clinical_time > '-infinity'))
         and ($7::timestamptz is null or (clinical_time, id) < ($7, $8::uuid))
       order by clinical_time desc, id desc limit $9`,
    ),
    /** Locked in one order, so that two writers of the same rows wait for each other and never for ever. */
    present: statement<PresentRow>(
      `${kind}.present`,
      `select id, patient_id, source_hash, locally_changed, version from ${kind} where id = any($1) order by id for update`,
    ),
    insert: statement(
      `${kind}.insert`,
      `insert into ${kind} (id, patient_id, encounter_id, category, status, clinical_time, source, source_hash, code_index, document)
       select id, $1, encounter_id, array(select jsonb_array_elements_text(category)), status, clinical_time, $2, source_hash,
              array(select jsonb_array_elements_text(code_index)), document
       from unnest($3::uuid[], $4::uuid[], $5::jsonb[], $6::text[], $7::timestamptz[], $8::text[], $9::jsonb[], $10::bytea[])
         as entry (id, encounter_id, category, status, clinical_time, source_hash, code_index, document)`,
    ),
    /** Keeps the prior version and stores the next one; no row where `version` is not the present one. */
    update: statement<{ version: number }>(
      `${kind}.update`,
      `with prior as (
         insert into ${kind}_history (id, version, patient_id, encounter_id, category, status, clinical_time, source, source_hash,
                                      locally_changed, code_index, document, updated_at)
         select id, version, patient_id, encounter_id, category, status, clinical_time, source, source_hash,
                locally_changed, code_index, document, updated_at
         from ${kind} where id = $1 and version = $2
         returning id
       )
       update ${kind} set encounter_id = $3, category = $4, status = $5, clinical_time = $6, source_hash = $7, code_index = $8,
              document = $9, version = version + 1, updated_at = now()
       where id = (select id from prior) returning version`,
    ),
    count: statement<{ count: number }>(
      `${kind}.count`,
      `select count(*)::int as count from ${kind} where patient_id = $1`,
    ),
  }
}

export const STATEMENTS = Object.fromEntries(KINDS.map((kind) => [kind, statementsOf(kind)])) as Readonly<
  Record<Kind, ReturnType<typeof statementsOf>>
>

/** Every list's size in one round trip. */
export const COUNTS = statement<{ kind: Kind; count: number }>(
  'chart.counts',
  KINDS.map((kind) => `select '${kind}' as kind, count(*)::int as count from ${kind} where patient_id = $1`).join(
    ' union all ',
  ),
)

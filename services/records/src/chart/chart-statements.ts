import { statement } from '@wellgate/shared/db/query'
import { KINDS, type Kind } from './kinds.ts'

/** Milliseconds since 1970 by pg, except for the infinities of the database. */
type SortTime = Date | number

export interface EntryRow {
  readonly id: string
  readonly version: number
  readonly source: string
  readonly encounter_id: string | null
  readonly clinical_time: SortTime
  readonly document: Buffer
}

export interface PresentRow {
  readonly id: string
  readonly patient_id: string
  readonly source_hash: string | null
  readonly locally_changed: boolean
  readonly version: number
}

const COLUMNS = 'id, version, source, encounter_id, clinical_time, document'
const NEWEST_FIRST = 'clinical_time desc, id desc'
/** What was entered in error is kept, and shown to those who ask for it by its status. */
const NO_ERROR = "status is distinct from 'entered-in-error'"
const WRITTEN = 'encounter_id, category, status, clinical_time, source_hash, code_index, document'
const ARCHIVED = `id, version, patient_id, sensitivity, source, recorded_by, locally_changed, updated_at, ${WRITTEN}`

/** Entries of one list as rows, a parameter a column. Lists come as JSON: arrays of Postgres are rectangular. */
const ENTRIES = `(
  select id, version, encounter_id, array(select jsonb_array_elements_text(category)) as category, status, clinical_time,
         source_hash, array(select jsonb_array_elements_text(code_index)) as code_index, document
  from unnest($1::uuid[], $2::int[], $3::uuid[], $4::jsonb[], $5::text[], $6::timestamptz[], $7::text[], $8::jsonb[], $9::bytea[])
    as sent (id, version, encounter_id, category, status, clinical_time, source_hash, code_index, document)
)`

/** The statements of one list. Table names come from {@link KINDS}, never from a request. */
function statementsOf(kind: Kind) {
  return {
    /**
     * $2 status (null: all but errors), $3 category, $4 index values all of which it has, $5 from, $6 and $7 the position
     * after which the page begins, $8 limit. Times are always given (infinities where there is no bound), and one bound an
     * end, so that the index leads to the first row of any page.
     */
    list: statement<EntryRow>(
      `${kind}.list`,
      `select ${COLUMNS} from ${kind}
       where patient_id = $1
         and clinical_time >= $5::timestamptz and (clinical_time, id) < ($6::timestamptz, $7::uuid)
         and case when $2::text is null then ${NO_ERROR} else status = $2 end
         and ($3::text is null or category @> array[$3])
         and ($4::text[] is null or code_index @> $4)
       order by ${NEWEST_FIRST} limit $8`,
    ),
    /** Locked in one order, so that two writers of the same rows wait for each other and never for ever. */
    present: statement<PresentRow>(
      `${kind}.present`,
      `select id, patient_id, source_hash, locally_changed, version from ${kind} where id = any($1) order by id for update`,
    ),
    /** $1 to $9 the entries (ENTRIES), $10 patient, $11 source. */
    insert: statement(
      `${kind}.insert`,
      `insert into ${kind} (patient_id, source, id, version, ${WRITTEN})
       select $10, $11, id, version, ${WRITTEN} from ${ENTRIES}`,
    ),
    /** $1 to $9 the entries (ENTRIES). Keeps their prior versions; leaves alone what has another version than is said. */
    update: statement(
      `${kind}.update`,
      `with entry as ${ENTRIES}, prior as (
         insert into ${kind}_history (${ARCHIVED})
         select ${ARCHIVED} from ${kind} where (id, version) in (select id, version from entry)
         returning id
       )
       update ${kind} as present
       set encounter_id = entry.encounter_id, category = entry.category, status = entry.status,
           clinical_time = entry.clinical_time, source_hash = entry.source_hash, code_index = entry.code_index,
           document = entry.document, version = present.version + 1, updated_at = now()
       from entry join prior using (id)
       where present.id = entry.id and present.version = entry.version`,
    ),
  }
}

export const STATEMENTS = Object.fromEntries(KINDS.map((kind) => [kind, statementsOf(kind)])) as Readonly<
  Record<Kind, ReturnType<typeof statementsOf>>
>

/** How many entries each list shows, in one round trip. */
export const COUNTS = statement<{ kind: Kind; count: number }>(
  'chart.counts',
  KINDS.map(
    (kind) => `select '${kind}' as kind, count(*)::int as count from ${kind} where patient_id = $1 and ${NO_ERROR}`,
  ).join(' union all '),
)

/** What is still a problem: recurrence and relapse are kinds of active (FHIR's condition-clinical). */
const ACTIVE = "status in ('active', 'recurrence', 'relapse')"
/** What was not done is not shown at a glance. */
const MEASURED = "status not in ('entered-in-error', 'cancelled', 'registered')"

const latest = (kind: Kind, where: string, limit: number): string =>
  `select ${COLUMNS} from ${kind} where patient_id = $1 and ${where} order by ${NEWEST_FIRST} limit ${limit}`

/** The newest of each code; entries without any code stand for themselves. Documents are fetched for those only. */
const latestVitals = `
  select ${COLUMNS} from observation where id in (
    select distinct on (kind_of_sign) id from (
      select id, clinical_time, case code_index when '{}' then array[id::text] else code_index end as kind_of_sign
      from observation where patient_id = $1 and category @> '{vital-signs}' and ${MEASURED}
    ) as signs order by kind_of_sign, ${NEWEST_FIRST}
  ) order by ${NEWEST_FIRST} limit 100`

/** What is active is shown whole; its limit only bounds what one answer can cost. */
const PARTS = {
  problems: { kind: 'condition', select: latest('condition', ACTIVE, 200) },
  allergies: { kind: 'allergy', select: latest('allergy', NO_ERROR, 200) },
  medications: { kind: 'medication', select: latest('medication', "status = 'active'", 200) },
  immunizations: { kind: 'immunization', select: latest('immunization', "status = 'completed'", 10) },
  vitals: { kind: 'observation', select: latestVitals },
  results: {
    kind: 'observation',
    select: latest('observation', `category @> '{laboratory}' and ${MEASURED}`, 10),
  },
  encounters: { kind: 'encounter', select: latest('encounter', NO_ERROR, 5) },
} as const satisfies Readonly<Record<string, { kind: Kind; select: string }>>

export type SummaryPart = keyof typeof PARTS
export const SUMMARY_PARTS = Object.keys(PARTS) as SummaryPart[]
export const kindOfPart = (part: SummaryPart): Kind => PARTS[part].kind

/** All parts of the summary in one round trip. */
export const SUMMARY = statement<EntryRow & { part: SummaryPart }>(
  'chart.summary',
  SUMMARY_PARTS.map((part) => `select '${part}' as part, * from (${PARTS[part].select}) as ${part}`).join(
    ' union all ',
  ),
)

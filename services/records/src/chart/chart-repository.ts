import type { BlindIndex } from '@wellgate/shared/crypto/blind-index'
import type { Sealer } from '@wellgate/shared/crypto/sealer'
import { execute, rows, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import {
  COUNTS,
  kindOfPart,
  STATEMENTS,
  SUMMARY,
  type EntryRow,
  type PresentRow,
  type SummaryPart,
} from './chart-statements.ts'
import type { Entry, OpenEntry } from './entry.ts'
import { CLEAR_CATEGORIES } from './facts.ts'
import { part, texts } from './fhir.ts'
import { FIRST_INSTANT } from './fhir-time.ts'
import { KINDS, type Kind } from './kinds.ts'

/** Times are milliseconds since 1970. */
export interface Filter {
  readonly status?: string | undefined
  readonly category?: string | undefined
  /** A code, or `system|code`. */
  readonly code?: string | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Where an entry stands in its list; those without a clinical time (null) come last. */
export interface Position {
  readonly time: number | null
  readonly id: string
}

/** An entry, and the version of it that is stored: of a new one 1, else what is there now. */
export interface Versioned {
  readonly entry: Entry
  readonly version: number
}

// Entries without a clinical time stand at the beginning of time; no entry stands at its end.
const NO_TIME = '-infinity'
const LEAST_ID = '00000000-0000-0000-0000-000000000000'
const BEFORE_ALL = { time: 'infinity', id: LEAST_ID }

const placeOf = (kind: Kind, id: string, patient: string) => ({ table: kind, column: 'document', row: id, patient })
const timeOf = (time: number | null): string => (time === null ? NO_TIME : new Date(time).toISOString())
/** The least time that passes: without bounds all do, with any bound only what has a time. */
const lowerOf = ({ from, to }: Filter): string =>
  from === undefined && to === undefined ? NO_TIME : timeOf(from ?? FIRST_INSTANT)
/** Where the list begins: after the position, and before `to`, whichever is later in the list. */
function beginOf({ to }: Filter, after: Position | null): { time: string; id: string } {
  if (to !== undefined && (after === null || (after.time ?? -Infinity) >= to)) return { time: timeOf(to), id: LEAST_ID }
  return after === null ? BEFORE_ALL : { time: timeOf(after.time), id: after.id }
}

export type ChartRepository = ReturnType<typeof createChartRepository>

/** The charts of the service: the only place that knows the tables. Documents go in sealed and come out open. */
export function createChartRepository({ sealer, codeIndex }: { sealer: Sealer; codeIndex: BlindIndex }) {
  /** Index values are the patient's own: equal codes of two patients do not look alike, so nothing can be counted. */
  const indexOf = (patient: string, what: 'code' | 'category', value: string): string =>
    // A source may have cut a text within a character: half of one has no UTF-8 to index.
    codeIndex(patient, what, value.toWellFormed())
  const indexesOf = (patient: string, entry: Entry): string[] => [
    ...entry.codes.flatMap(({ system, code }) =>
      code === null ? [] : [indexOf(patient, 'code', code), indexOf(patient, 'code', `${system ?? ''}|${code}`)],
    ),
    ...entry.categories.filter((code) => !CLEAR_CATEGORIES.has(code)).map((code) => indexOf(patient, 'category', code)),
  ]
  const columnsOf = (patient: string, entry: Entry) => ({
    category: entry.categories.filter((code) => CLEAR_CATEGORIES.has(code)),
    clinicalTime: timeOf(entry.clinicalTime),
    codeIndex: [...new Set(indexesOf(patient, entry))],
  })
  /** Entries column by column, as the statements take them. */
  const valuesOf = async (kind: Kind, patient: string, changes: readonly Versioned[]): Promise<unknown[][]> => {
    const sealed: Buffer[] = []
    // One after the other: the first may have to make the patient's data key, the others then have it at hand.
    for (const { entry } of changes) sealed.push(await sealer.seal(placeOf(kind, entry.id, patient), entry.document))
    const entries = changes.map(({ entry }) => entry)
    const columns = entries.map((entry) => columnsOf(patient, entry))
    return [
      entries.map(({ id }) => id),
      changes.map(({ version }) => version),
      entries.map(({ encounterId }) => encounterId),
      columns.map(({ category }) => JSON.stringify(category)),
      entries.map(({ status }) => status),
      columns.map(({ clinicalTime }) => clinicalTime),
      entries.map(({ sourceHash }) => sourceHash),
      columns.map(({ codeIndex: indexes }) => JSON.stringify(indexes)),
      sealed,
    ]
  }
  const open = (kind: Kind, patient: string, row: EntryRow): OpenEntry => {
    const { resource, performers, links } = part(sealer.openValueSync(placeOf(kind, row.id, patient), row.document))
    const { clinical_time: time } = row
    return {
      id: row.id,
      version: row.version,
      source: row.source,
      encounterId: row.encounter_id,
      clinicalTime: time instanceof Date ? time.getTime() : null,
      resource: part(resource),
      performers: texts(performers),
      links: part(links) as Record<string, string>,
    }
  }

  return {
    /** Entries newest first, after a position; one query, one unseal a row. Indexes may hit by coincidence: compare each. */
    async list(
      q: Queryable,
      kind: Kind,
      patient: string,
      filter: Filter,
      page: { after: Position | null; limit: number },
    ): Promise<OpenEntry[]> {
      const { status, category, code } = filter
      const clear = category !== undefined && CLEAR_CATEGORIES.has(category)
      const indexes = [
        ...(code === undefined ? [] : [indexOf(patient, 'code', code)]),
        ...(clear || category === undefined ? [] : [indexOf(patient, 'category', category)]),
      ]
      const begin = beginOf(filter, page.after)
      const values = [
        patient,
        status ?? null,
        clear ? category : null,
        indexes.length > 0 ? indexes : null,
        lowerOf(filter),
        begin.time,
        begin.id,
        page.limit,
      ]
      const [found] = await Promise.all([rows(q, STATEMENTS[kind].list, values), sealer.prefetch([patient])])
      return found.map((row) => open(kind, patient, row))
    },

    /** What the summary shows, newest first in each part; one query, one unseal a row. */
    async summary(q: Queryable, patient: string): Promise<(part: SummaryPart) => OpenEntry[]> {
      const [found] = await Promise.all([rows(q, SUMMARY, [patient]), sealer.prefetch([patient])])
      return (name) =>
        found
          .filter((row) => row.part === name)
          .map((row) => open(kindOfPart(name), patient, row))
          .toSorted(newestFirst)
    },

    /** How many entries each list has. */
    async counts(q: Queryable, patient: string): Promise<Record<Kind, number>> {
      const found = new Map((await rows(q, COUNTS, [patient])).map(({ kind, count }) => [kind, count]))
      return Object.fromEntries(KINDS.map((kind) => [kind, found.get(kind) ?? 0])) as Record<Kind, number>
    },

    /** What there is already of these ids, locked until the transaction ends. */
    present(tx: Tx, kind: Kind, ids: readonly string[]): Promise<PresentRow[]> {
      return rows(tx, STATEMENTS[kind].present, [ids])
    },

    /** Stores new entries of one list as version 1, in one statement. */
    async insert(tx: Tx, kind: Kind, patient: string, source: string, entries: readonly Entry[]): Promise<void> {
      if (entries.length === 0) return
      const values = await valuesOf(
        kind,
        patient,
        entries.map((entry) => ({ entry, version: 1 })),
      )
      await execute(tx, STATEMENTS[kind].insert, [...values, patient, source])
    },

    /**
     * Stores the next versions and keeps the prior ones, in one statement. `version` is the present one, of a locked row.
     * @throws Error when a row has another version: whoever calls must have locked them
     */
    async update(tx: Tx, kind: Kind, patient: string, changes: readonly Versioned[]): Promise<void> {
      if (changes.length === 0) return
      const updated = await execute(tx, STATEMENTS[kind].update, await valuesOf(kind, patient, changes))
      if (updated !== changes.length) throw new Error('the version of a locked entry has changed')
    },
  }
}

/** As the database orders: UUIDs by their bytes. */
function newestFirst(a: OpenEntry, b: OpenEntry): number {
  const [timeA, timeB] = [a.clinicalTime ?? -Infinity, b.clinicalTime ?? -Infinity]
  if (timeA !== timeB) return timeA < timeB ? 1 : -1
  return a.id < b.id ? 1 : -1
}

import type { BlindIndex } from '@wellgate/shared/crypto/blind-index'
import type { Sealer } from '@wellgate/shared/crypto/sealer'
import { maybeOne, rows, execute, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import { COUNTS, STATEMENTS, type EntryRow, type PresentRow } from './chart-statements.ts'
import type { Entry, OpenEntry } from './entry.ts'
import { CLEAR_CATEGORIES } from './facts.ts'
import { isPart, part, texts } from './fhir.ts'
import { KINDS, type Kind } from './kinds.ts'

export interface Filter {
  readonly status?: string | undefined
  readonly category?: string | undefined
  /** A code, or `system|code`. */
  readonly code?: string | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

export interface Position {
  readonly time: string
  readonly id: string
}

/** The beginning of time for the database: entries without a clinical time come last. */
const NO_TIME = '-infinity'

const placeOf = (kind: Kind, id: string, patient: string) => ({ table: kind, column: 'document', row: id, patient })

export type ChartRepository = ReturnType<typeof createChartRepository>

/** The charts of the service: the only place that knows the tables. Documents go in sealed and come out open. */
export function createChartRepository({ sealer, codeIndex }: { sealer: Sealer; codeIndex: BlindIndex }) {
  /** Index values are the patient's own: equal codes of two patients do not look alike, so nothing can be counted. */
  const indexOf = (patient: string, what: 'code' | 'category', value: string): string => codeIndex(patient, what, value)
  const indexesOf = (patient: string, entry: Entry): string[] => [
    ...entry.codes.flatMap(({ system, code }) =>
      code ? [indexOf(patient, 'code', code), indexOf(patient, 'code', `${system ?? ''}|${code}`)] : [],
    ),
    ...entry.categories.filter((code) => !CLEAR_CATEGORIES.has(code)).map((code) => indexOf(patient, 'category', code)),
  ]
  const columnsOf = (patient: string, entry: Entry) => ({
    category: entry.categories.filter((code) => CLEAR_CATEGORIES.has(code)),
    clinicalTime: entry.clinicalTime?.toISOString() ?? NO_TIME,
    codeIndex: [...new Set(indexesOf(patient, entry))],
  })
  const open = (kind: Kind, patient: string, row: EntryRow): OpenEntry => {
    const { resource, performers, links } = part(sealer.openValueSync(placeOf(kind, row.id, patient), row.document))
    return {
      id: row.id,
      version: row.version,
      source: row.source,
      encounterId: row.encounter_id,
      sortTime: row.sort_time,
      resource: part(resource),
      performers: texts(performers),
      links: isPart(links) ? (links as Record<string, string>) : {},
    }
  }

  return {
    /** Entries newest first, after a position; one query, one unseal a row. */
    async list(
      q: Queryable,
      kind: Kind,
      patient: string,
      filter: Filter,
      after: Position | null,
      limit: number,
    ): Promise<OpenEntry[]> {
      const clear = filter.category === undefined || CLEAR_CATEGORIES.has(filter.category)
      const indexes = [
        ...(filter.code === undefined ? [] : [indexOf(patient, 'code', filter.code)]),
        ...(clear || filter.category === undefined ? [] : [indexOf(patient, 'category', filter.category)]),
      ]
      const [found] = await Promise.all([
        rows(q, STATEMENTS[kind].list, [
          patient,
          filter.status ?? null,
          clear ? (filter.category ?? null) : null,
          indexes.length > 0 ? indexes : null,
          filter.from ?? null,
          filter.to ?? null,
          after?.time ?? null,
          after?.id ?? null,
          limit,
        ]),
        sealer.prefetch([patient]),
      ])
      return found.map((row) => open(kind, patient, row))
    },

    /** What there is already of these ids, locked until the transaction ends. */
    present(tx: Tx, kind: Kind, ids: readonly string[]): Promise<PresentRow[]> {
      return rows(tx, STATEMENTS[kind].present, [ids])
    },

    /** Stores new entries of one list as version 1, in one statement. */
    async insert(tx: Tx, kind: Kind, patient: string, source: string, entries: readonly Entry[]): Promise<void> {
      if (entries.length === 0) return
      const sealed = await Promise.all(
        entries.map((entry) => sealer.sealJson(placeOf(kind, entry.id, patient), entry.document)),
      )
      const columns = entries.map((entry) => columnsOf(patient, entry))
      await execute(tx, STATEMENTS[kind].insert, [
        patient,
        source,
        entries.map(({ id }) => id),
        entries.map(({ encounterId }) => encounterId),
        columns.map(({ category }) => JSON.stringify(category)),
        entries.map(({ status }) => status),
        columns.map(({ clinicalTime }) => clinicalTime),
        entries.map(({ sourceHash }) => sourceHash),
        columns.map(({ codeIndex: indexes }) => JSON.stringify(indexes)),
        sealed,
      ])
    },

    /** Stores the next version and keeps the prior one; false, and no effect, where `version` is not the present one. */
    async update(tx: Tx, patient: string, version: number, entry: Entry): Promise<boolean> {
      const { category, clinicalTime, codeIndex: indexes } = columnsOf(patient, entry)
      const sealed = await sealer.sealJson(placeOf(entry.kind, entry.id, patient), entry.document)
      const { id, encounterId, status, sourceHash } = entry
      const values = [id, version, encounterId, category, status, clinicalTime, sourceHash, indexes, sealed]
      return (await maybeOne(tx, STATEMENTS[entry.kind].update, values)) !== undefined
    },

    /** How many entries each list has. */
    async counts(q: Queryable, patient: string): Promise<Record<Kind, number>> {
      const found = new Map((await rows(q, COUNTS, [patient])).map(({ kind, count }) => [kind, count]))
      return Object.fromEntries(KINDS.map((kind) => [kind, found.get(kind) ?? 0])) as Record<Kind, number>
    },
  }
}

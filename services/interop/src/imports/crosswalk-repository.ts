import { execute, one, rows, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import type { SourceKey } from './source-id.ts'
import { keyText } from './source-id.ts'

export interface CrosswalkEntry {
  readonly id: string
  readonly patientId: string
}

/** Our ids by the source's: unique (source, type, keyed hash of the source id) -> id. */
export interface CrosswalkRepository {
  /** Our id of a patient, and whether it was given before. A new one is proposed, not yet kept. */
  proposePatient(q: Queryable, source: string, sourceId: string): Promise<string>
  /** Keeps the proposed id unless another was kept meanwhile; the id that counts. */
  keepPatient(tx: Tx, source: string, sourceId: string, proposed: string): Promise<string>
  /** Gives ids to `wanted` where they have none, and reads those and `known`, by `Type/source-id`. */
  resolve(
    tx: Tx,
    source: string,
    patientId: string,
    keys: { wanted: readonly SourceKey[]; known: readonly SourceKey[] },
  ): Promise<ReadonlyMap<string, CrosswalkEntry>>
}

const FIND = statement<{ id: string; patient_id: string; type: string; source_id_index: string }>(
  'interop.crosswalk-find',
  `select c.id, c.patient_id, c.type, c.source_id_index
   from unnest($2::text[], $3::text[]) as k(type, source_id_index)
   join crosswalk c on c.source = $1 and c.type = k.type and c.source_id_index = k.source_id_index`,
)

// In the order of the key, so that two bundles with the same resources wait for each other instead of deadlocking.
const INSERT = statement(
  'interop.crosswalk-insert',
  `insert into crosswalk (id, source, type, source_id_index, patient_id)
   select k.id, $1, k.type, k.source_id_index, $2
   from unnest($3::uuid[], $4::text[], $5::text[]) as k(id, type, source_id_index)
   order by k.type, k.source_id_index
   on conflict on constraint crosswalk_source_key do nothing`,
)

/** The repository. `indexOf` is a keyed hash without collisions (256 bits): its values are unique keys. */
export function createCrosswalkRepository(deps: {
  indexOf: (...parts: string[]) => string
  newId: () => string
}): CrosswalkRepository {
  const indexOf = (source: string, key: SourceKey): string => deps.indexOf(source, key.type, key.sourceId)

  return {
    async proposePatient(q, source, sourceId) {
      const found = await find(q, source, ['Patient'], [indexOf(source, { type: 'Patient', sourceId })])
      return found[0]?.id ?? deps.newId()
    },
    async keepPatient(tx, source, sourceId, proposed) {
      const index = indexOf(source, { type: 'Patient', sourceId })
      await execute(tx, INSERT, [source, proposed, [proposed], ['Patient'], [index]])
      return (await one(tx, FIND, [source, ['Patient'], [index]])).id
    },
    async resolve(tx, source, patientId, { wanted, known }) {
      const keyed = [...wanted, ...known].map((key) => ({ key, index: indexOf(source, key) }))
      const byIndex = new Map(keyed.map(({ key, index }) => [index, key]))
      const fresh = keyed.slice(0, wanted.length)
      const ids = fresh.map(() => deps.newId())
      const types = fresh.map(({ key }) => key.type)
      await execute(tx, INSERT, [source, patientId, ids, types, fresh.map(({ index }) => index)])
      // A statement of its own: it sees the rows of others that the insert has waited for.
      const all = [...byIndex]
      const found = await find(
        tx,
        source,
        all.map(([, { type }]) => type),
        all.map(([index]) => index),
      )
      return new Map(
        found.flatMap((row) => {
          const key = byIndex.get(row.source_id_index)
          return key ? [[keyText(key), { id: row.id, patientId: row.patient_id }] as const] : []
        }),
      )
    },
  }
}

function find(q: Queryable, source: string, types: readonly string[], indexes: readonly string[]) {
  return rows(q, FIND, [source, types, indexes])
}

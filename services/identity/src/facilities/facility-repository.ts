import { FacilityId } from '@wellgate/shared/contracts/ids'
import { prismaAdapter } from '@wellgate/shared/db/prisma'
import { maybeOne, one, type Queryable, rows, statement } from '@wellgate/shared/db/query'
import type { Pool } from '@wellgate/shared/db/pool'
import { type ConstraintTable, mapSqlState } from '@wellgate/shared/db/sqlstate'
import type { Tx } from '@wellgate/shared/db/tx'
import { errors } from '../errors.ts'
import { PrismaClient } from '../generated/prisma/client.ts'

export interface Facility {
  readonly id: FacilityId
  readonly name: string
  readonly timeZone: string
}

/** What others keep of a facility follows its versions. */
export type StoredFacility = Facility & { readonly version: number }

/** What a broken constraint means to the caller; for `withTx`. */
export const facilityConstraints: ConstraintTable = { facility_name_key: () => errors['facility-exists']() }

const insert = statement<{ version: number }>(
  'facility.insert',
  `insert into facility (id, name, time_zone) values ($1, $2, $3) on conflict (name) do nothing returning version`,
)
const change = statement<{ version: number }>(
  'facility.change',
  `update facility set name = $2, time_zone = $3, version = version + 1 where id = $1 returning version`,
)
const idByName = statement<{ id: FacilityId }>('facility.id-by-name', `select id from facility where name = $1`)
const after = statement<StoredFacility>(
  'facility.after',
  `select id, name, time_zone as "timeZone", version from facility where $1::uuid is null or id > $1 order by id limit $2`,
)

/** What is written is told to others: call these in the transaction of the event. */
export const facilities = {
  /** The first version; undefined where the name is taken. */
  insert: async (tx: Tx, { id, name, timeZone }: Facility): Promise<number | undefined> =>
    (await maybeOne(tx, insert, [id, name, timeZone]))?.version,
  /** The version it has then; undefined where there is no such facility. */
  change: async (tx: Tx, { id, name, timeZone }: Facility): Promise<number | undefined> =>
    (await maybeOne(tx, change, [id, name, timeZone]))?.version,
  idByName: async (q: Queryable, name: string): Promise<FacilityId> => (await one(q, idByName, [name])).id,
  /** At most `limit`, by id. */
  page: (q: Queryable, afterId: FacilityId | null, limit: number) => rows(q, after, [afterId, limit]),
}

export type FacilityList = ReturnType<typeof createFacilityList>

/** All facilities, by name: few and unsealed, so Prisma reads them. */
export function createFacilityList(pool: Pool, schema: string) {
  const prisma = new PrismaClient({ adapter: prismaAdapter(pool, schema) })
  return {
    async read(): Promise<Facility[]> {
      const found = await prisma.facility.findMany({ orderBy: { name: 'asc' } }).catch((error: unknown) => {
        throw mapSqlState(error)
      })
      return found.map(({ id, name, timeZone }) => ({ id: FacilityId.parse(id), name, timeZone }))
    },
    close: () => prisma.$disconnect(),
  }
}

import { FacilityId } from '@wellgate/shared/contracts/ids'
import { prismaAdapter } from '@wellgate/shared/db/prisma'
import { execute, one, statement } from '@wellgate/shared/db/query'
import type { Pool } from '@wellgate/shared/db/pool'
import { mapSqlState } from '@wellgate/shared/db/sqlstate'
import type { Tx } from '@wellgate/shared/db/tx'
import { Prisma, PrismaClient } from '../generated/prisma/client.ts'

export interface Facility {
  readonly id: FacilityId
  readonly name: string
  readonly timeZone: string
}

export interface FacilityRepository {
  /** All of them, by name. */
  list(): Promise<Facility[]>
  /** False when the name is taken. */
  add(facility: Facility): Promise<boolean>
  close(): Promise<void>
}

/** Facilities are few, unsealed and send no events: Prisma reads and writes them. */
export function createFacilityRepository(pool: Pool, schema: string): FacilityRepository {
  const prisma = new PrismaClient({ adapter: prismaAdapter(pool, schema) })
  return {
    async list() {
      const found = await prisma.facility.findMany({ orderBy: { name: 'asc' } }).catch(rethrow)
      return found.map(({ id, name, timeZone }) => ({ id: FacilityId.parse(id), name, timeZone }))
    },
    async add(facility) {
      try {
        await prisma.facility.create({ data: facility })
        return true
      } catch (error) {
        if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === UNIQUE_VIOLATION) return false
        throw mapSqlState(error)
      }
    },
    close: () => prisma.$disconnect(),
  }
}

const UNIQUE_VIOLATION = 'P2002'

function rethrow(error: unknown): never {
  throw mapSqlState(error)
}

const insertUnlessNamed = statement(
  'facility.insert-unless-named',
  `insert into facility (id, name, time_zone) values ($1, $2, $3) on conflict (name) do nothing`,
)
const idByName = statement<{ id: FacilityId }>('facility.id-by-name', `select id from facility where name = $1`)

/** The id of the facility with this name, made where there is none; in the transaction of its first admin. */
export async function ensureFacility(tx: Tx, { id, name, timeZone }: Facility): Promise<FacilityId> {
  await execute(tx, insertUnlessNamed, [id, name, timeZone])
  return (await one(tx, idByName, [name])).id
}

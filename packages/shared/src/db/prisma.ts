import { PrismaPg } from '@prisma/adapter-pg'
import type { Pool } from './pool.ts'

/**
 * What a service's generated PrismaClient takes as `adapter`: Prisma on the service's own pool, in its schema.
 * Whoever made the pool ends it; `$disconnect` leaves it open.
 */
export function prismaAdapter(pool: Pool, schema: string): PrismaPg {
  return new PrismaPg(pool, { schema })
}

import type { ServiceName } from '@wellgate/shared/contracts/services'
import { fileURLToPath } from 'node:url'

/** The services with a database of their own, in the order they are named to a person. */
export const DATABASE_SERVICES = [
  'identity',
  'patients',
  'records',
  'interop',
  'appointments',
] as const satisfies readonly ServiceName[]
export type DatabaseService = (typeof DATABASE_SERVICES)[number]

const root = new URL('../../../../', import.meta.url)

export const entryOf = (service: ServiceName): string => fileURLToPath(new URL(`services/${service}/src/main.ts`, root))
export const migrationsOf = (service: DatabaseService): string =>
  fileURLToPath(new URL(`services/${service}/prisma/migrations/`, root))

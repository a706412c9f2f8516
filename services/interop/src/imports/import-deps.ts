import { IMPORT_LIMIT_BYTES } from '@wellgate/shared/contracts/interop/routes'
import type { Sealer } from '@wellgate/shared/crypto/sealer'
import type { Pool } from '@wellgate/shared/db/pool'
import { createPlaces, type Places } from '@wellgate/shared/http/places'
import type { Outbox } from '@wellgate/shared/messaging/outbox'
import type { Logger } from '@wellgate/shared/observability/logger'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { createCounts, type ImportCounts } from '../metrics.ts'
import { createCrosswalkRepository, type CrosswalkRepository } from './crosswalk-repository.ts'

/** What the use cases of imports rest on. */
export interface ImportDeps {
  readonly pool: Pool
  readonly sealer: Sealer
  readonly outbox: Outbox
  readonly crosswalk: CrosswalkRepository
  /** Keyed hash, 256 bits. */
  readonly hashOf: (text: string) => string
  /** Whether claims and explanations of benefit go on to billing; else they are set aside. */
  readonly sendsBilling: boolean
  readonly log: Logger
  readonly counts: ImportCounts
  /** Bytes of bundles that are open in memory, each with several times as much of what is made of it: one of the longest, or many. */
  readonly opened: Places
  readonly now: () => Date
  readonly newId: () => string
}

/** Built on the platform; both hashes are under keys of their own. */
export function importDepsOf(platform: Platform, { sendsBilling = false } = {}): ImportDeps {
  const { pool, sealer, outbox, log, now, newId } = platform
  const counts = createCounts(platform.metrics)
  const crosswalk = createCrosswalkRepository({ indexOf: platform.blindIndex('source-id'), newId })
  const hashOf = platform.blindIndex('source-hash')
  const opened = createPlaces(IMPORT_LIMIT_BYTES)
  return { pool, sealer, outbox, crosswalk, hashOf, sendsBilling, log, counts, opened, now, newId }
}

import type { Sealer } from '@wellgate/shared/crypto/sealer'
import type { Pool } from '@wellgate/shared/db/pool'
import type { Outbox } from '@wellgate/shared/messaging/outbox'
import type { CrosswalkRepository } from './crosswalk-repository.ts'

/** What the use cases of imports rest on. */
export interface ImportDeps {
  readonly pool: Pool
  readonly sealer: Sealer
  readonly outbox: Outbox
  readonly crosswalk: CrosswalkRepository
  /** Keyed hash, 256 bits. */
  readonly hashOf: (text: string) => string
  readonly now: () => Date
  readonly newId: () => string
}

import type { Platform } from '@wellgate/shared/runtime/platform'

/** What identity's use cases need of the platform. */
export type Deps = Pick<Platform, 'pool' | 'sealer' | 'outbox' | 'blindIndex' | 'now' | 'newId'>

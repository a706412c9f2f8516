import type { Platform } from '@wellgate/shared/runtime/platform'

/** What the billing history rests on; the platform has all of it. */
export type HistoryDeps = Pick<Platform, 'pool' | 'sealer' | 'outbox'>

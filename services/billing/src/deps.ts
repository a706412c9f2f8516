import type { Platform } from '@wellgate/shared/runtime/platform'
import type { BillingConfig } from './config.ts'

/** What the use cases of billing need. */
export interface Deps extends Pick<
  Platform,
  'pool' | 'sealer' | 'outbox' | 'now' | 'newId' | 'log' | 'metrics' | 'deployment'
> {
  readonly config: BillingConfig
  /** The one currency of this installation. */
  readonly currency: string
  /** The day of the books of a moment, `YYYY-MM-DD`. */
  dayOf(moment: Date): string
  /** The day of the books now. */
  today(): string
  /** A keyed hash of a price code. */
  codeIndex(code: string): string
}

import type { EventHandler } from '@wellgate/shared/messaging/handlers'
import type { Deps } from '../deps.ts'

/** What is imported of billing. */
export const historyConsumers = (_deps: Deps): EventHandler[] => []

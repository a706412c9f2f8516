import { accessHandlers } from '../access/access-events.ts'
import type { ServiceName } from '../contracts/services.ts'
import type { EventHandler } from '../messaging/handlers.ts'

export interface Group {
  readonly group: string
  readonly handlers: readonly EventHandler[]
  /** Partitions that a process handles at the same time. */
  readonly concurrency: number
}

/**
 * The consumer groups of a service: its own, with its handlers, and before it one for access events, so that no backlog
 * delays a revocation.
 */
export const groupsOf = (service: ServiceName, handlers: readonly EventHandler[] = []): readonly Group[] => [
  { group: `${service}.access`, handlers: accessHandlers(), concurrency: 1 },
  { group: service, handlers, concurrency: 2 },
]

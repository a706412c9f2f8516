import type { z } from 'zod'
import type { ServiceName } from './services.ts'

/** Lanes of a topic: access events have outbox lane, topic and consumer group of their own, so bulk never delays a revocation. */
export type Lane = 'access' | 'default'

/** One event, declared once. Drives publisher, consumer, topic, docs/events.md and golden fixtures. */
export interface EventContract<T extends string = string, P extends z.ZodType = z.ZodType> {
  /** `<topic>.<what-happened>`, without the version. */
  readonly type: T
  /** A breaking change is a new version beside the old one. */
  readonly version: number
  readonly topic: string
  readonly lane: Lane
  readonly producer: ServiceName
  /** The payload field whose value is the ordering key (and the CloudEvents subject). */
  readonly key: string
  /** Protected payloads are sealed under the topic's key before they leave the service. */
  readonly protected: boolean
  /** The services that may read (and, where protected, decrypt) it. */
  readonly readers: readonly ServiceName[]
  readonly summary: string
  readonly payload: P
}

/** Declares an event, keeping its literal types. */
export const event = <const T extends string, P extends z.ZodType>(
  contract: EventContract<T, P>,
): EventContract<T, P> => contract

export type PayloadOf<C extends EventContract> = z.infer<C['payload']>

/** An event that a consumer handles: envelope facts, and the payload validated by its contract. */
export type Received<C extends EventContract> = C extends EventContract
  ? {
      readonly type: C['type']
      readonly version: number
      readonly id: string
      readonly key: string
      /** Version of the aggregate after the change; a replica applies only a higher one. */
      readonly aggregateVersion: number
      readonly time: string
      readonly payload: PayloadOf<C>
    }
  : never

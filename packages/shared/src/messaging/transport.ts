import type { Lane } from '../contracts/event.ts'

/** One record of a topic's log, as every transport keeps it. What the value means is message.ts's matter. */
export interface LogRecord {
  readonly topic: string
  /** Records of one key lie in one partition, in the order they were published. */
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  /** UTF-8 text, as all of a record, and without NUL characters: Postgres can hold it. */
  readonly value: string
  /** Of its event, as on the wire. Without it, everybody who reads the topic is given it. */
  readonly type?: string
}

/** A record on its way to the log. */
export interface Outgoing extends LogRecord {
  /** Nobody has a use for it now, so nobody is woken: who reads its topic passes over it at the next look. */
  readonly quiet?: boolean
}

export interface Subscription {
  /** Ends after the message in hand; what was handled is remembered, the rest stays for other members. Never throws. */
  close(): Promise<void>
}

export interface SubscribeOptions {
  /** Members of one group share its partitions; a group that is new begins with the oldest record kept. */
  readonly group: string
  readonly topics: readonly string[]
  /** What the group has a use for: a transport may leave out what is of another type. */
  readonly types?: readonly string[]
  /** Whose events these are: the access lane's are looked for more often; `default` by default. */
  readonly lane?: Lane
  /** Partitions handled at the same time by this member; 1 by default. */
  readonly concurrency?: number
  /**
   * Called in order within a partition. The record counts as read when this resolves, and comes again (to this or
   * another member) when it rejects. `signal` aborts when the member closes or has lost its partition.
   */
  onMessage(record: LogRecord, context: { readonly signal: AbortSignal }): Promise<void>
}

/** The port between the platform and a broker. At least once, in order per key. No type of a client leaks through it. */
export interface Transport {
  readonly name: 'postgres' | 'kafka'
  /** Resolves when every record is durable, in the order given per key. May publish again what a failed call had. */
  publish(records: readonly Outgoing[]): Promise<void>
  /** Returns at once; a broker that is away is waited for, with backoff, until `close`. */
  subscribe(options: SubscribeOptions): Subscription
  /** Rejects when the broker cannot be reached now. */
  health(): Promise<void>
  /** Records that the group has not read yet, by topic. */
  lag(group: string, topics: readonly string[]): Promise<Record<string, number>>
  /** Ends every subscription, then the connections. */
  close(): Promise<void>
}

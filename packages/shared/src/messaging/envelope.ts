import type { EventContract } from '../contracts/event.ts'

/** CloudEvents 1.0 attributes, with the extensions partitionkey, aggregateversion and traceparent. */
export interface Envelope {
  readonly specversion: '1.0'
  readonly id: string
  /** Who produced it: `/wellgate/<service>`. */
  readonly source: string
  /** `<contract type>.v<version>`. */
  readonly type: string
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly partitionkey: string
  readonly aggregateversion: number
  readonly traceparent?: string
  /** The payload of an event that is not protected. */
  readonly data?: unknown
}

export interface EnvelopeFacts {
  readonly id: string
  readonly service: string
  readonly key: string
  readonly aggregateVersion: number
  readonly traceparent?: string | undefined
}

/** The envelope of a new event, stamped with the time of the call and without its data. */
export function envelopeOf(contract: EventContract, facts: EnvelopeFacts): Envelope {
  return {
    specversion: '1.0',
    id: facts.id,
    source: `/wellgate/${facts.service}`,
    type: wireType(contract),
    subject: facts.key,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    partitionkey: facts.key,
    aggregateversion: facts.aggregateVersion,
    ...(facts.traceparent === undefined ? {} : { traceparent: facts.traceparent }),
  }
}

/** The CloudEvents `type` of a contract: its type and version, so that versions of one event can live side by side. */
export function wireType(contract: Pick<EventContract, 'type' | 'version'>): string {
  return `${contract.type}.v${contract.version}`
}

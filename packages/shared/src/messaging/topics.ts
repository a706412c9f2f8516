import type { EventContract } from '../contracts/event.ts'
import type { ServiceName } from '../contracts/services.ts'

/** What a topic is, as its events' contracts say. */
export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  readonly producers: readonly ServiceName[]
  readonly readers: readonly ServiceName[]
}

/** Records are kept this long and never compacted (architecture.md section 6). */
export const RETENTION_DAYS = 14

/** Kafka deletes a segment by the age of its last record, and writes to one for a week (segment.ms): the first is as much older. */
export const SEGMENT_DAYS = 7

/** Every topic of the contracts with who may publish and who may read it; sorted by name. */
export function topicsOf(contracts: readonly EventContract[]): TopicSpec[] {
  const byName = Map.groupBy(contracts, (contract) => contract.topic)
  return [...byName]
    .map(([name, events]) => ({
      name,
      partitions: events.some((event) => event.lane === 'access') ? 4 : 12,
      producers: unique(events.map((event) => event.producer)),
      readers: unique(events.flatMap((event) => [...event.readers])),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

const unique = (names: readonly ServiceName[]): ServiceName[] => [...new Set(names)].toSorted()

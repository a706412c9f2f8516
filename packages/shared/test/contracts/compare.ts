import { ANSWERS_OLD, compareSchemas, READS_OLD, WRITES_FOR_OLD, type Rule, type Violation } from './compare-schema.ts'
import type { ContractsDocument, EventDocument, RouteDocument } from './document.ts'
import type { JsonSchema } from './json-schema.ts'

/**
 * What of the last release (`golden`) no longer holds: contracts only grow (architecture.md section 4). Requests may
 * accept more, answers may say more; an event is read and written by both versions, so its fields may only be added.
 */
export function compareContracts(golden: ContractsDocument, current: ContractsDocument): Violation[] {
  const routes = Object.entries(golden.routes).flatMap(([id, before]) => {
    const now = current.routes[id]
    return now ? compareRoute(id, before, now) : [{ at: id, rule: 'route-removed' as const }]
  })
  const events = Object.entries(golden.events).flatMap(([type, before]) => {
    const now = current.events[type]
    return now ? compareEvent(type, before, now) : [{ at: type, rule: 'event-removed' as const }]
  })
  return unique([...routes, ...events])
}

function compareRoute(id: string, before: RouteDocument, now: RouteDocument): Violation[] {
  const when = (wrong: boolean, rule: Rule, part = ''): Violation[] => (wrong ? [{ at: `${id}${part}`, rule }] : [])
  return [
    ...when(before.method !== now.method, 'method-changed'),
    ...when(before.path !== now.path, 'path-changed'),
    ...when(before.contentType !== now.contentType, 'narrowed', ' content-type'),
    ...when(now.bodyLimit < before.bodyLimit, 'narrowed', ' body-limit'),
    ...when(now.ifMatch && !before.ifMatch, 'became-required', ' if-match'),
    ...when(now.idempotency === 'required' && before.idempotency !== 'required', 'became-required', ' idempotency-key'),
    ...(['params', 'query', 'body'] as const).flatMap((part) => compareInput(`${id} ${part}`, before[part], now[part])),
    ...Object.entries(before.answers).flatMap(([status, schema]) =>
      status in now.answers
        ? compareAnswer(`${id} ${status}`, schema, now.answers[status] ?? null)
        : when(true, 'answer-removed', ` ${status}`),
    ),
  ]
}

const NOTHING: JsonSchema = { type: 'object', additionalProperties: false }

/** A part that is new may ask for nothing; one that is gone took its fields with it. */
function compareInput(at: string, before: JsonSchema | null, now: JsonSchema | null): Violation[] {
  if (before && !now) return [{ at, rule: 'field-removed' }]
  if (!now) return []
  return compareSchemas(before ?? NOTHING, now, at, READS_OLD)
}

function compareAnswer(at: string, before: JsonSchema | null, now: JsonSchema | null): Violation[] {
  if (before && now) return compareSchemas(now, before, at, ANSWERS_OLD)
  return before ? [{ at, rule: 'type-changed' }] : []
}

function compareEvent(type: string, before: EventDocument, now: EventDocument): Violation[] {
  const when = (wrong: boolean, rule: Rule): Violation[] => (wrong ? [{ at: type, rule }] : [])
  return [
    ...when(before.topic !== now.topic || before.lane !== now.lane, 'topic-changed'),
    ...when(before.key !== now.key, 'key-changed'),
    ...when(before.protected !== now.protected, 'protected-changed'),
    ...when(before.producer !== now.producer, 'producer-changed'),
    ...when(!before.readers.every((reader) => now.readers.includes(reader)), 'reader-removed'),
    ...compareSchemas(before.payload, now.payload, type, READS_OLD),
    ...compareSchemas(now.payload, before.payload, type, WRITES_FOR_OLD),
  ]
}

function unique(violations: readonly Violation[]): Violation[] {
  return [...new Map(violations.map((violation) => [`${violation.at} ${violation.rule}`, violation])).values()]
}

import { z } from 'zod'
import type { EventContract } from '../../src/contracts/event.ts'
import type { RouteContract } from '../../src/contracts/route.ts'
import { wireType } from '../../src/messaging/envelope.ts'
import type { JsonSchema } from './json-schema.ts'

export interface RouteDocument {
  readonly method: string
  readonly path: string
  readonly contentType: string
  readonly bodyLimit: number
  readonly ifMatch: boolean
  readonly idempotency: 'ignored' | 'optional' | 'required'
  readonly params: JsonSchema | null
  readonly query: JsonSchema | null
  readonly body: JsonSchema | null
  /** By status; null says: no body, or one that is not JSON. */
  readonly answers: Readonly<Record<string, JsonSchema | null>>
}

export interface EventDocument {
  readonly topic: string
  readonly lane: string
  readonly key: string
  readonly protected: boolean
  readonly producer: string
  readonly readers: readonly string[]
  readonly payload: JsonSchema
}

/** All contracts of a release as plain JSON: what two releases are compared by. */
export interface ContractsDocument {
  readonly routes: Readonly<Record<string, RouteDocument>>
  readonly events: Readonly<Record<string, EventDocument>>
}

const MIB = 1024 * 1024

/** Writes the contracts down. Rules of `.refine()` have no JSON Schema, so a stricter one is not seen by a comparison. */
export function documentOf(routes: readonly RouteContract[], events: readonly EventContract[]): ContractsDocument {
  const routeEntries = routes.map((contract) => [contract.id, routeDocument(contract)] as const)
  const eventEntries = events.map((contract) => [wireType(contract), eventDocument(contract)] as const)
  return { routes: Object.fromEntries(routeEntries), events: Object.fromEntries(eventEntries) }
}

function routeDocument(contract: RouteContract): RouteDocument {
  const { params, query, body, answers } = contract
  return {
    method: contract.method,
    path: contract.path,
    contentType: contract.contentType ?? 'application/json',
    bodyLimit: contract.bodyLimit ?? MIB,
    ifMatch: contract.ifMatch ?? false,
    idempotency: contract.idempotency ?? 'ignored',
    params: params ? schemaOf(params, 'input') : null,
    query: query ? schemaOf(query, 'input') : null,
    body: body ? schemaOf(body, 'input') : null,
    answers: Object.fromEntries(
      Object.entries(answers).map(([status, schema]) => [
        status,
        schema && !contract.answerType ? schemaOf(schema, 'output') : null,
      ]),
    ),
  }
}

function eventDocument(contract: EventContract): EventDocument {
  const { topic, lane, key, producer, readers } = contract
  return {
    topic,
    lane,
    key,
    protected: contract.protected,
    producer,
    readers,
    payload: schemaOf(contract.payload, 'input'),
  }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => delete jsonSchema.description,
  })
  return json as JsonSchema
}

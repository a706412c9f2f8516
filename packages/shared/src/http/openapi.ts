import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { ownerOf, platformProblems, type RouteContract } from '../contracts/route.ts'
import { PURPOSES } from './request-parts.ts'

export interface OpenApiInfo {
  readonly title: string
  readonly version: string
  readonly description?: string
  readonly server?: string
  /** What the routes of a service are for, by the service's name. */
  readonly about?: Readonly<Record<string, string>>
}

type Json = Readonly<Record<string, unknown>>

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable: decide by this'),
    detail: z.string().optional(),
    fields: z.array(z.object({ field: z.string(), expected: z.string() })).optional(),
    requestId: z.string().describe('Quote it when you ask for help'),
  })
  .describe('RFC 9457 problem details')

/** OpenAPI 3.1 of the contracts: what a route takes, every status it may answer with, and who may use it. */
export function openApiOf(contracts: readonly RouteContract[], info: OpenApiInfo): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const contract of contracts) {
    const path = contract.path.replaceAll(/:([A-Za-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [contract.method.toLowerCase()]: operationOf(contract) }
  }
  return {
    openapi: '3.1.0',
    info: { title: info.title, version: info.version, ...(info.description ? { description: info.description } : {}) },
    ...(info.server ? { servers: [{ url: info.server }] } : {}),
    ...(info.about ? { tags: tagsOf(contracts, info.about) } : {}),
    paths,
    components: {
      schemas: { Problem: schemaOf(Problem, 'output') },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

/** In the order in which the contracts come: so a page shows them. */
const tagsOf = (contracts: readonly RouteContract[], about: Readonly<Record<string, string>>): Json[] =>
  [...new Set(contracts.map(ownerOf))].map((name) => ({ name, description: about[name] ?? '' }))

function operationOf(contract: RouteContract): Json {
  const { access } = contract
  return {
    operationId: contract.id,
    tags: [ownerOf(contract)],
    summary: contract.summary,
    description: accessText(contract),
    'x-wellgate-access': accessText(contract),
    security: access.kind === 'public' ? [] : [{ bearer: [] }],
    parameters: [...fieldsOf(contract.params, 'path'), ...fieldsOf(contract.query, 'query'), ...headersOf(contract)],
    ...bodyOf(contract),
    responses: { ...answersOf(contract), ...problemsOf(contract) },
  }
}

/** Who may use a route, in words. */
export function accessText({ access }: RouteContract): string {
  switch (access.kind) {
    case 'public':
      return 'Anyone; no token.'
    case 'authenticated':
      return 'Anyone who is logged in, for themselves.'
    case 'staff':
      return `Staff: ${access.roles.join(', ')}.`
    case 'patient':
      return access.roles.length === 0 ? 'The patient.' : `The patient; staff: ${access.roles.join(', ')}.`
    default:
      return access satisfies never
  }
}

function fieldsOf(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }))
}

function headersOf({ access, ifMatch, idempotency }: RouteContract): Json[] {
  const header = (name: string, required: boolean, description: string, schema: Json): Json => ({
    name,
    in: 'header',
    required,
    description,
    schema,
  })
  return [
    ...(ifMatch
      ? [header('If-Match', true, 'The ETag that you read.', { type: 'string', pattern: String.raw`^"\d+"$` })]
      : []),
    ...(idempotency
      ? [
          header(
            'Idempotency-Key',
            idempotency === 'required',
            'A UUID of your choice; a repeat with the same key has no second effect.',
            { type: 'string', minLength: 16, maxLength: 128 },
          ),
        ]
      : []),
    ...(access.kind === 'public'
      ? []
      : [
          header('X-Purpose-Of-Use', false, 'Why the data is used, for the audit trail.', {
            type: 'string',
            enum: PURPOSES,
          }),
        ]),
  ]
}

function bodyOf({ body, contentType, method, example }: RouteContract): Json {
  if (!body && contentType === undefined) return {}
  const schema = body ? schemaOf(body, 'input') : {}
  const types =
    contentType !== undefined
      ? [contentType]
      : method === 'PATCH'
        ? ['application/merge-patch+json', 'application/json']
        : ['application/json']
  const shown = { schema, ...(example === undefined ? {} : { example }) }
  return { requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, shown])) } }
}

function answersOf(contract: RouteContract): Json {
  const entries = Object.entries(contract.answers).map(([status, schema]) => [
    status,
    {
      description: text(status),
      ...(schema ? { content: contentOf(contract, schema) } : {}),
    },
  ])
  return Object.fromEntries(entries) as Json
}

function contentOf({ answerType }: RouteContract, schema: z.ZodType): Json {
  if (answerType === undefined) return { 'application/json': { schema: schemaOf(schema, 'output') } }
  // OpenAPI 3.1: a binary body has no schema; its content type says it all.
  return { [answerType]: {} }
}

function problemsOf(contract: RouteContract): Json {
  const statuses = [...new Set<number>([...platformProblems(contract), ...(contract.problems ?? []), 500])].toSorted(
    (a, b) => a - b,
  )
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(statuses.map((status) => [status, { description: text(status), content }]))
}

const text = (status: number | string): string => STATUS_CODES[status] ?? 'Answer'

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

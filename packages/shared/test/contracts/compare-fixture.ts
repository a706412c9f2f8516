import { z } from 'zod'
import { event } from '../../src/contracts/event.ts'
import { route, type RouteContract } from '../../src/contracts/route.ts'
import { documentOf } from './document.ts'

export const Item = z.object({
  id: z.uuid(),
  state: z.enum(['open', 'closed']),
  note: z.string().nullable(),
  tags: z.array(z.string()),
  nick: z.string().optional(),
  counts: z.record(z.string(), z.int()),
  value: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('number'), value: z.number() }),
    z.object({ kind: z.literal('text'), text: z.string() }),
  ]),
})
export const Body = z.strictObject({
  name: z.string().min(1).max(20),
  kind: z.enum(['a', 'b', 'c']).optional(),
  size: z.int().min(1).max(10).default(5),
  code: z
    .string()
    .regex(/^[a-z0-9]+$/)
    .optional(),
  rows: z
    .array(z.strictObject({ x: z.number() }))
    .max(5)
    .optional(),
})

export const write = {
  id: 'records.write',
  method: 'POST',
  path: '/v1/things/:thingId',
  summary: '',
  access: { kind: 'authenticated' },
  action: 'create',
  params: z.object({ thingId: z.string() }),
  query: z.strictObject({ limit: z.coerce.number().int().max(100).optional() }),
  body: Body,
  answers: { 200: Item, 204: null },
} satisfies RouteContract
export const remove = { ...write, id: 'records.remove', method: 'DELETE' } satisfies RouteContract

export const Payload = z.object({
  thingId: z.string(),
  state: z.enum(['open', 'closed']),
  rows: z.array(Item).max(100),
})
export const changed = event({
  type: 'thing.changed',
  version: 1,
  topic: 'thing',
  lane: 'default',
  producer: 'records',
  key: 'thingId',
  protected: true,
  readers: ['patients', 'interop'],
  summary: '',
  payload: Payload,
})

export const golden = documentOf([write, remove], [changed])
export const withRoute = (change: Partial<RouteContract>) =>
  documentOf([route({ ...write, ...change }), remove], [changed])
export const withBody = (body: z.ZodType) => withRoute({ body })
export const withAnswer = (answer: z.ZodType) => withRoute({ answers: { 200: answer, 204: null } })
export const withEvent = (change: Partial<typeof changed>) => documentOf([write, remove], [{ ...changed, ...change }])
export const withPayload = (payload: z.ZodType) => documentOf([write, remove], [event({ ...changed, payload })])

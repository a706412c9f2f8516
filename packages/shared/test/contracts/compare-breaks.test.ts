import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { compareContracts } from './compare.ts'
import {
  Item,
  Body,
  write,
  remove,
  Payload,
  changed,
  golden,
  withRoute,
  withBody,
  withAnswer,
  withEvent,
  withPayload,
} from './compare-fixture.ts'
import { documentOf } from './document.ts'

describe('what breaks an older neighbour is named', () => {
  test.each([
    ['a route removed', documentOf([write], [changed]), 'records.remove', 'route-removed'],
    ['a method changed', withRoute({ method: 'PUT' }), 'records.write', 'method-changed'],
    ['a path changed', withRoute({ path: '/v2/things/:thingId' }), 'records.write', 'path-changed'],
    ['another content type', withRoute({ contentType: 'text/csv' }), 'records.write content-type', 'narrowed'],
    ['a lower body limit', withRoute({ bodyLimit: 1000 }), 'records.write body-limit', 'narrowed'],
    ['If-Match asked for', withRoute({ ifMatch: true }), 'records.write if-match', 'became-required'],
    ['a key asked for', withRoute({ idempotency: 'required' }), 'records.write idempotency-key', 'became-required'],
    ['an answer status removed', withRoute({ answers: { 200: Item } }), 'records.write 204', 'answer-removed'],
    [
      'a body gone from an answer',
      withRoute({ answers: { 200: null, 204: null } }),
      'records.write 200',
      'type-changed',
    ],
    ['an answer field removed', withAnswer(Item.omit({ note: true })), 'records.write 200.note', 'field-removed'],
    ['an optional one removed', withAnswer(Item.omit({ nick: true })), 'records.write 200.nick', 'field-removed'],
    [
      'an answer field made optional',
      withAnswer(Item.partial({ id: true })),
      'records.write 200.id',
      'became-optional',
    ],
    [
      'an answer field of another type',
      withAnswer(Item.extend({ tags: z.string() })),
      'records.write 200.tags',
      'type-changed',
    ],
    [
      'an answer field of another format',
      withAnswer(Item.extend({ id: z.string() })),
      'records.write 200.id',
      'type-changed',
    ],
    [
      'an item of another type',
      withAnswer(Item.extend({ tags: z.array(z.int()) })),
      'records.write 200.tags[]',
      'type-changed',
    ],
    [
      'an answer field that may be null',
      withAnswer(Item.extend({ id: z.uuid().nullable() })),
      'records.write 200.id',
      'type-changed',
    ],
    [
      'a map that became an object',
      withAnswer(Item.extend({ counts: z.object({}) })),
      'records.write 200.counts',
      'type-changed',
    ],
    [
      'a map of other values',
      withAnswer(Item.extend({ counts: z.record(z.string(), z.string()) })),
      'records.write 200.counts{}',
      'type-changed',
    ],
    [
      'a field of one alternative removed',
      withAnswer(
        Item.extend({ value: z.union([z.object({ kind: z.literal('number') }), Item.shape.value.options[1]]) }),
      ),
      'records.write 200.value.value',
      'field-removed',
    ],
    [
      'a request field newly required',
      withBody(Body.extend({ more: z.string() })),
      'records.write body.more',
      'became-required',
    ],
    ['an optional one required', withBody(Body.required({ code: true })), 'records.write body.code', 'became-required'],
    [
      'a default taken away',
      withBody(Body.extend({ size: z.int().min(1).max(10) })),
      'records.write body.size',
      'became-required',
    ],
    ['a request field removed', withBody(Body.omit({ code: true })), 'records.write body.code', 'field-removed'],
    [
      'a request field of another type',
      withBody(Body.extend({ name: z.int() })),
      'records.write body.name',
      'type-changed',
    ],
    [
      'an input enum narrowed',
      withBody(Body.extend({ kind: z.enum(['a', 'b']).optional() })),
      'records.write body.kind',
      'narrowed',
    ],
    ['free text made an enum', withBody(Body.extend({ name: z.enum(['a']) })), 'records.write body.name', 'narrowed'],
    [
      'a lower maximum length',
      withBody(Body.extend({ name: z.string().min(1).max(19) })),
      'records.write body.name',
      'narrowed',
    ],
    [
      'a higher minimum length',
      withBody(Body.extend({ name: z.string().min(2).max(20) })),
      'records.write body.name',
      'narrowed',
    ],
    [
      'a lower maximum',
      withBody(Body.extend({ size: z.int().min(1).max(9).default(5) })),
      'records.write body.size',
      'narrowed',
    ],
    [
      'fewer items',
      withBody(Body.extend({ rows: Body.shape.rows.unwrap().max(4).optional() })),
      'records.write body.rows',
      'narrowed',
    ],
    [
      'another pattern',
      withBody(
        Body.extend({
          code: z
            .string()
            .regex(/^[a-z]+$/)
            .optional(),
        }),
      ),
      'records.write body.code',
      'narrowed',
    ],
    [
      'a limit on a query',
      withRoute({ query: z.strictObject({ limit: z.coerce.number().int().max(50).optional() }) }),
      'records.write query.limit',
      'narrowed',
    ],
    [
      'a stricter path',
      withRoute({ params: z.object({ thingId: z.uuid() }) }),
      'records.write params.thingId',
      'narrowed',
    ],
    ['an event removed', documentOf([write, remove], []), 'thing.changed.v1', 'event-removed'],
    ['another version in its place', withEvent({ version: 2 }), 'thing.changed.v1', 'event-removed'],
    ['another topic', withEvent({ topic: 'other' }), 'thing.changed.v1', 'topic-changed'],
    ['another lane', withEvent({ lane: 'access' }), 'thing.changed.v1', 'topic-changed'],
    ['another key', withEvent({ key: 'state' }), 'thing.changed.v1', 'key-changed'],
    ['protection dropped', withEvent({ protected: false }), 'thing.changed.v1', 'protected-changed'],
    ['another producer', withEvent({ producer: 'interop' }), 'thing.changed.v1', 'producer-changed'],
    ['a reader removed', withEvent({ readers: ['patients'] }), 'thing.changed.v1', 'reader-removed'],
    ['a payload field removed', withPayload(Payload.omit({ state: true })), 'thing.changed.v1.state', 'field-removed'],
    [
      'a payload field newly required',
      withPayload(Payload.extend({ more: z.int() })),
      'thing.changed.v1.more',
      'became-required',
    ],
    [
      'a payload field made optional',
      withPayload(Payload.partial({ state: true })),
      'thing.changed.v1.state',
      'became-optional',
    ],
    [
      'a payload field of another type',
      withPayload(Payload.extend({ state: z.int() })),
      'thing.changed.v1.state',
      'type-changed',
    ],
    [
      'a value that older readers refuse',
      withPayload(Payload.extend({ state: z.enum(['open', 'closed', 'lost']) })),
      'thing.changed.v1.state',
      'widened',
    ],
    [
      'a value that older producers send',
      withPayload(Payload.extend({ state: z.enum(['open']) })),
      'thing.changed.v1.state',
      'narrowed',
    ],
    [
      'more items than older readers take',
      withPayload(Payload.extend({ rows: z.array(Item).max(200) })),
      'thing.changed.v1.rows',
      'widened',
    ],
    [
      'an alternative that older readers do not know',
      withPayload(Payload.extend({ state: z.union([Payload.shape.state, z.null()]) })),
      'thing.changed.v1.state',
      'type-changed',
    ],
    ['a payload that refuses what is new', withPayload(z.strictObject(Payload.shape)), 'thing.changed.v1', 'narrowed'],
  ] as const)('%s', (_what, current, at, rule) => {
    expect(compareContracts(golden, current)).toEqual([{ at, rule }])
  })
})

import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { route, type RouteContract } from '../../src/contracts/route.ts'
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

describe('what only grows is let pass', () => {
  test.each([
    ['nothing changed', documentOf([write, remove], [changed])],
    [
      'a new route and a new event',
      documentOf([write, remove, { ...write, id: 'records.more' }], [changed, { ...changed, version: 2 }]),
    ],
    ['a new answer field', withAnswer(Item.extend({ more: z.string() }))],
    ['a new value in an answer', withAnswer(Item.extend({ state: z.enum(['open', 'closed', 'lost']) }))],
    ['an answer field that is now always there', withAnswer(Item.required({ nick: true }))],
    ['an answer that says less than null', withAnswer(Item.extend({ note: z.string() }))],
    ['a new answer status', withRoute({ answers: { 200: Item, 201: Item, 204: null } })],
    ['a new optional request field', withBody(Body.extend({ more: z.string().optional() }))],
    ['a request field no longer required', withBody(Body.partial())],
    ['wider limits', withBody(Body.extend({ name: z.string().max(40), size: z.int().default(5) }))],
    ['a wider enum', withBody(Body.extend({ kind: z.enum(['a', 'b', 'c', 'd']).optional() }))],
    ['an alternative beside the old input', withBody(Body.extend({ name: z.union([Body.shape.name, z.null()]) }))],
    ['a body that takes unknown fields', withBody(z.object(Body.shape))],
    ['a new optional payload field', withPayload(Payload.extend({ more: z.string().optional() }))],
    ['a new reader', withEvent({ readers: ['patients', 'interop', 'identity'] })],
  ])('%s', (_what, current) => {
    expect(compareContracts(golden, current)).toEqual([])
  })
})

test('a strict payload cannot grow: its older readers refuse a new field', () => {
  const strict = z.strictObject({ thingId: z.string() })
  const grown = withPayload(strict.extend({ more: z.string().optional() }))
  expect(compareContracts(withPayload(strict), grown)).toEqual([{ at: 'thing.changed.v1', rule: 'widened' }])
})

test('a query that a route never had may not be required', () => {
  const before = documentOf([{ ...remove, query: undefined } as unknown as RouteContract], [])
  const asks = documentOf([{ ...remove, query: z.strictObject({ why: z.string() }) }], [])
  expect(compareContracts(before, asks)).toEqual([{ at: 'records.remove query.why', rule: 'became-required' }])
  expect(compareContracts(before, documentOf([remove], []))).toEqual([])
  expect(compareContracts(documentOf([remove], []), before)).toEqual([
    { at: 'records.remove query', rule: 'field-removed' },
  ])
})

test('all violations are listed, each once', () => {
  const current = documentOf(
    [route({ ...write, method: 'PUT', answers: { 200: Item.omit({ id: true, note: true }) } })],
    [],
  )
  expect(compareContracts(golden, current)).toEqual([
    { at: 'records.write', rule: 'method-changed' },
    { at: 'records.write 200.id', rule: 'field-removed' },
    { at: 'records.write 200.note', rule: 'field-removed' },
    { at: 'records.write 204', rule: 'answer-removed' },
    { at: 'records.remove', rule: 'route-removed' },
    { at: 'thing.changed.v1', rule: 'event-removed' },
  ])
})

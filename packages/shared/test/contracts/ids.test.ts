import { expect, test } from 'vitest'
import { z } from 'zod'
import { allEvents } from '../../src/contracts/all-events.ts'
import { allRoutes } from '../../src/contracts/all-routes.ts'
import { Uuid } from '../../src/contracts/ids.ts'

const ID = 'd9428888-122b-41e1-b85f-5c6a8f0c1aaa'

/** The places of UUIDs in a schema that are taken as they are typed. */
function asTyped(schema: z.ZodType): string[] {
  const places = new Map<string, boolean>()
  z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema, path }) {
      if (jsonSchema.format !== 'uuid') return
      // What a schema was made from is told of before it, at the same place.
      places.set(path.join('.'), z.parse(zodSchema, ID.toUpperCase()) !== ID)
    },
  })
  return [...places].flatMap(([place, typed]) => (typed ? [place] : []))
}

test('an id that is taken as it is typed would be noticed', () => {
  const [id, described] = [z.uuid(), z.uuid().describe('An id')]
  expect(asTyped(z.object({ ids: z.array(id.nullable()), id: described, fine: Uuid }))).toHaveLength(2)
})

// What is sealed for an id, or locked by it, must be found by the id that the database gives: a uuid is lower case there.
test.each(allRoutes.map((route) => [route.id, route] as const))('%s has ids in one form only', (_, route) => {
  const schemas = [route.params, route.query, route.body, ...Object.values(route.answers)]
  expect(schemas.flatMap((schema) => (schema ? asTyped(schema) : []))).toEqual([])
})

test.each(allEvents.map((event) => [event.type, event] as const))('%s has ids in one form only', (_, event) => {
  expect(asTyped(event.payload)).toEqual([])
})

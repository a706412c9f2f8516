import { expect, test } from 'vitest'
import { allRoutes } from '../../src/contracts/all-routes.ts'

const withBody = allRoutes.flatMap(({ id, body, example }) => (body ? [{ id, body, example }] : []))

test.each(withBody.filter(({ example }) => example !== undefined))(
  'the example of $id fits it',
  ({ body, example }) => {
    expect(body.safeParse(example).error?.issues).toBeUndefined()
  },
)

test('every body that cannot be left out has one, and nothing else', () => {
  const named = (some: readonly { readonly id: string }[]) => some.map(({ id }) => id)
  expect(named(allRoutes.filter(({ example }) => example !== undefined))).toEqual(
    named(withBody.filter(({ body }) => !body.safeParse(undefined).success)),
  )
})

import { expect, test } from 'vitest'
import { z } from 'zod'
import { inOrder } from '../../src/contracts/in-order.ts'

const ends = z.object({ from: z.string().nullish(), to: z.string().nullish() })

test.each([
  ['2026-01-01', '2026-01-02'],
  ['2026-01-01', '2026-01-01T00:00:00.001Z'],
  // Later as text, earlier as a moment.
  ['2026-01-01T01:00:00+02:00', '2026-01-01T00:00:00Z'],
  ['09:00', '17:30'],
  ['23:59', '24:00'],
])('%s is before %s', (from, to) => {
  for (const order of ['before', 'not after'] as const) {
    const schema = ends.refine(...inOrder('from', 'to', order))
    expect(schema.safeParse({ from, to }).success).toBe(true)
    expect(schema.safeParse({ from: to, to: from }).error?.issues).toMatchObject([
      { path: ['from'], message: `${order} \`to\`` },
    ])
    for (const open of [{ from: to }, { from: to, to: null }, { to: from }])
      expect(schema.safeParse(open).success).toBe(true)
  }
})

test('equal ends are not after each other, and not before', () => {
  const same = { from: '2026-01-01T01:00:00+01:00', to: '2026-01-01T00:00:00Z' }
  expect(ends.refine(...inOrder('from', 'to', 'not after')).safeParse(same).success).toBe(true)
  expect(ends.refine(...inOrder('from', 'to', 'before')).safeParse(same).success).toBe(false)
})

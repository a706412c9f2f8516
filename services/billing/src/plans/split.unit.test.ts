import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { addDays } from '../days.ts'
import { splitInstalments } from './split.ts'

it('adds up to the cent, in parts that differ by a cent at most, on days that follow each other', () => {
  const days = fc.integer({ min: 0, max: 3000 }).map((ahead) => addDays('2026-01-01', ahead))
  fc.assert(
    fc.property(
      fc.integer({ min: 24, max: 1_000_000_000_000 }),
      fc.integer({ min: 2, max: 24 }),
      days,
      (total, count, day) => {
        const parts = splitInstalments(total, count, day)
        const amounts = parts.map(({ amount }) => amount)
        expect(parts).toHaveLength(count)
        expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(total)
        expect(Math.max(...amounts) - Math.min(...amounts)).toBeLessThanOrEqual(1)
        expect(Math.min(...amounts)).toBeGreaterThan(0)
        expect(parts[0]?.dueOn).toBe(day)
        let sum = 0
        let before = ''
        for (const { amount, cumulative, dueOn } of parts) {
          expect((sum += amount)).toBe(cumulative)
          expect(dueOn > before).toBe(true)
          before = dueOn
        }
      },
    ),
    { numRuns: 2_000 },
  )
})

it('gives the odd cents to the first', () => {
  expect(splitInstalments(1_000, 3, '2027-01-31').map(({ amount, dueOn }) => [amount, dueOn])).toEqual([
    [334, '2027-01-31'],
    [333, '2027-02-28'],
    [333, '2027-03-31'],
  ])
})

import { expect, it } from 'vitest'
import { inForce, shareOf } from './share.ts'

const term = { payerName: 'Aetna', memberId: 'M1', validFrom: '2026-01-01', validTo: null }
const copay = (amount: number) => ({ kind: 'copay', copay: amount, ...term }) as const
const percentage = (patientPercent: number) => ({ kind: 'percentage', patientPercent, ...term }) as const

it('leaves all to the patient without an insurance', () => {
  expect(shareOf(999, undefined)).toEqual({ patientShare: 999, insurerShare: 0, basis: 'self-pay' })
})

it('takes a copay, never more than the total', () => {
  expect(shareOf(10_000, copay(2_500))).toEqual({ patientShare: 2_500, insurerShare: 7_500, basis: 'copay' })
  expect(shareOf(1_000, copay(2_500))).toMatchObject({ patientShare: 1_000, insurerShare: 0 })
  expect(shareOf(1_000, copay(0))).toMatchObject({ patientShare: 0, insurerShare: 1_000 })
})

it('rounds a percentage half up and loses no cent', () => {
  expect(shareOf(5, percentage(50)).patientShare).toBe(3)
  expect(shareOf(5, percentage(49)).patientShare).toBe(2)
  expect(shareOf(1_000_000_000_000, percentage(33)).patientShare).toBe(330_000_000_000)
  for (let total = 1; total < 300; total++)
    for (const percent of [0, 1, 20, 33, 67, 99, 100]) {
      const { patientShare, insurerShare } = shareOf(total, percentage(percent))
      expect(patientShare + insurerShare).toBe(total)
      expect(Math.abs(patientShare - (total * percent) / 100)).toBeLessThanOrEqual(0.5)
      expect(insurerShare).toBeGreaterThanOrEqual(0)
    }
})

it('is in force from its first to its last day', () => {
  const coverage = { validFrom: '2026-02-01', validTo: '2026-02-28' }
  const days = ['2026-01-31', '2026-02-01', '2026-02-28', '2026-03-01']
  expect(days.map((day) => inForce(coverage, day))).toEqual([false, true, true, false])
  expect(inForce({ validFrom: '2026-02-01', validTo: null }, '2999-01-01')).toBe(true)
})

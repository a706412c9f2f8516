import type { CoverageFields } from '@wellgate/shared/contracts/billing/models'

export interface Share {
  readonly patientShare: number
  readonly insurerShare: number
  readonly basis: 'self-pay' | 'copay' | 'percentage'
}

/** Whether an insurance is in force on a day; both ends are in it. */
export const inForce = (coverage: Pick<CoverageFields, 'validFrom' | 'validTo'>, day: string): boolean =>
  coverage.validFrom <= day && (coverage.validTo === null || day <= coverage.validTo)

/**
 * Who pays what of a total, in minor units: together the total, always. A copay is at most the total; a percentage is
 * rounded half up for the patient. Without an insurance the patient pays all of it.
 */
export function shareOf(total: number, coverage: CoverageFields | undefined): Share {
  if (!coverage) return { patientShare: total, insurerShare: 0, basis: 'self-pay' }
  const patientShare =
    coverage.kind === 'copay'
      ? Math.min(coverage.copay, total)
      : // In BigInt: a hundred times the largest total is near where a double loses a cent.
        Number((BigInt(total) * BigInt(coverage.patientPercent) + 50n) / 100n)
  return { patientShare, insurerShare: total - patientShare, basis: coverage.kind }
}

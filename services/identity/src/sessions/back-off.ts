/** Failures are forgotten after a quarter of an hour without one. */
export const FORGET_MS = 15 * 60_000

export const FREE_FAILURES = 5
export const FIRST_WAIT_MS = 2_000
export const LONGEST_WAIT_MS = 60_000

export interface Failures {
  readonly failures: number
  readonly lastFailedAt: Date
}

/**
 * Milliseconds until the next log-in with an e-mail is looked at: none for five failures, then 2 s, twice as long with
 * each further one, a minute at most. Guessing becomes hopeless, and still nobody can lock another out for good
 * (ASVS V6.3.1 and V6.1.1; design/security.md, rate limits).
 */
export function waitMs({ failures, lastFailedAt }: Failures, now: Date): number {
  const since = now.getTime() - lastFailedAt.getTime()
  if (failures < FREE_FAILURES || since >= FORGET_MS) return 0
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - FREE_FAILURES, 10), LONGEST_WAIT_MS)
  return Math.max(0, wait - since)
}

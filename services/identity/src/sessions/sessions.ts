import type { Account } from '../accounts/account.ts'

const MINUTE_MS = 60_000

/** A log-in is good for 12 hours, however busy (design/security.md S-05; ASVS V7.3.2). */
export const SESSION_LIFETIME_MS = 12 * 60 * MINUTE_MS

/**
 * Automatic logoff, 45 CFR 164.312(a)(2)(iii): 15 minutes for patients, 10 for staff (design/security.md S-05). It is the
 * life of a refresh token, so a session that was not refreshed for that long is over; clients refresh before.
 */
export const IDLE_LIMIT_MS = { patient: 15 * MINUTE_MS, staff: 10 * MINUTE_MS } as const

/** When a refresh token given now stops counting: the idle limit, and never past the session's own end. */
export function refreshTokenExpiry(account: Pick<Account, 'roles'>, sessionExpiresAt: Date, now: Date): Date {
  const idle = account.roles.length > 0 ? IDLE_LIMIT_MS.staff : IDLE_LIMIT_MS.patient
  return new Date(Math.min(now.getTime() + idle, sessionExpiresAt.getTime()))
}

import { FacilityId } from '@wellgate/shared/contracts/ids'
import { expect, test } from 'vitest'
import { IDLE_LIMIT_MS, refreshTokenExpiry, SESSION_LIFETIME_MS } from './sessions.ts'

const now = new Date('2026-11-23T08:00:00Z')
const end = new Date(now.getTime() + SESSION_LIFETIME_MS)
const staff = {
  roles: [{ role: 'clinician' as const, facilityId: FacilityId.parse('018f0000-0000-7000-8000-00000000fac1') }],
}

test('patients may be idle for 15 minutes, staff for 10, nobody logged in for more than 12 hours', () => {
  expect(IDLE_LIMIT_MS).toEqual({ patient: 900_000, staff: 600_000 })
  expect(SESSION_LIFETIME_MS).toBe(43_200_000)
  expect(refreshTokenExpiry({ roles: [] }, end, now)).toEqual(new Date('2026-11-23T08:15:00Z'))
  expect(refreshTokenExpiry(staff, end, now)).toEqual(new Date('2026-11-23T08:10:00Z'))
})

test('a refresh token never outlives its session', () => {
  const late = new Date(end.getTime() - 1_000)
  expect(refreshTokenExpiry({ roles: [] }, end, late)).toEqual(end)
})

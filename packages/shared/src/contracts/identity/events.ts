import { z } from 'zod'
import { event } from '../event.ts'
import { AccountId, FacilityId, SessionId } from '../ids.ts'
import { SERVICES } from '../services.ts'

/** A service that does not hear of revocations would believe void tokens; the gateway only passes them on. */
const everyone = SERVICES.filter((service) => service !== 'gateway')
const access = { topic: 'access', lane: 'access', producer: 'identity', version: 1, protected: false } as const

export const sessionRevoked = event({
  ...access,
  type: 'access.session-revoked',
  key: 'sessionId',
  readers: everyone,
  summary: 'A session has ended: its access tokens are void from now on.',
  payload: z.object({ sessionId: SessionId, accountId: AccountId }),
})

export const accountChanged = event({
  ...access,
  type: 'access.account-changed',
  key: 'accountId',
  readers: everyone,
  summary: 'An account was disabled or its roles changed: tokens with a lower access version are void.',
  payload: z.object({ accountId: AccountId, accessVersion: z.int().nonnegative() }),
})

export const accessHeartbeat = event({
  ...access,
  type: 'access.heartbeat',
  key: 'producer',
  readers: everyone,
  summary: 'Every 5 s: access events are flowing. Without one for 30 s, what rests on a relation answers 503.',
  payload: z.object({ producer: z.string() }),
})

export const facilityChanged = event({
  type: 'facility.changed',
  version: 1,
  topic: 'facility',
  lane: 'default',
  producer: 'identity',
  key: 'facilityId',
  // Nothing in it is about a patient.
  protected: false,
  readers: ['appointments'],
  summary:
    'A facility was added, or has another name or time zone: what it is called, and the IANA zone of its clocks.',
  payload: z.object({ facilityId: FacilityId, name: z.string(), timeZone: z.string() }),
})

export const identityEvents = [sessionRevoked, accountChanged, accessHeartbeat, facilityChanged] as const

import { randomUUID } from 'node:crypto'
import { facilityChanged } from '@wellgate/shared/contracts/identity/events'
import { FacilityId, PatientId } from '@wellgate/shared/contracts/ids'
import { patientRegistered } from '@wellgate/shared/contracts/patients/events'
import { appointmentsRoutes } from '@wellgate/shared/contracts/appointments/routes'
import type { CallAnswer, CallOptions } from '@wellgate/shared/testing/call'
import { type RunningTestService, startTestService } from '@wellgate/shared/testing/service'
import { appointmentsService } from '../src/service.ts'

export type RouteId = (typeof appointmentsRoutes)[number]['id']

export const MINUTE = 60_000
export const DAY = 1440 * MINUTE

export const CHECK_UP = {
  name: 'Check-up',
  durationMinutes: 30,
  stepMinutes: 30,
  priceCode: 'VISIT-30',
  horizonDays: 365,
}

export interface Clinic {
  readonly service: RunningTestService
  /** Added to the service's clock; the database has its own. */
  readonly clock: { aheadMs: number }
  readonly admin: string
  readonly desk: string
  readonly clinician: string
  readonly facilityId: FacilityId
  readonly providerId: string
  readonly visitTypeId: string
  call(id: RouteId, options?: CallOptions): Promise<CallAnswer>
  patient(): { patientId: string; token: string }
  /** A patient of whom the service has heard. */
  registered(): Promise<{ patientId: string; token: string }>
  /** A facility as identity tells of it, or of the one that `over` names; its id. */
  facility(timeZone: string, over?: { id?: FacilityId; name?: string; version?: number }): Promise<FacilityId>
  /** A provider who is open at the facility round the clock, or in the hours given. */
  provider(visitTypeIds: string[], weekly?: unknown[], facilityId?: string): Promise<string>
  visitType(fields?: object): Promise<string>
  room(facilityId?: string): Promise<string>
  slot(start: string, over?: object): { providerId: string; facilityId: string; visitTypeId: string; start: string }
  book(token: string, body: object, key?: string): Promise<CallAnswer>
}

export const openDaily = (from = '00:00', to = '24:00') =>
  [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from, to }))

/** Noon UTC, so many days from today: every service test is open then. */
export const noon = (days: number, minutes = 0): string => {
  const midnight = Math.floor(Date.now() / DAY) * DAY
  return new Date(midnight + days * DAY + 12 * 60 * MINUTE + minutes * MINUTE).toISOString()
}

/** The service as it runs, with a facility in UTC and a provider who is always there. */
export async function startClinic(config: Readonly<Record<string, string>> = {}): Promise<Clinic> {
  const clock = { aheadMs: 0 }
  const service = await startTestService(appointmentsService, {
    config,
    overrides: { now: () => new Date(Date.now() + clock.aheadMs) },
  })
  const [admin, desk, clinician] = (['admin', 'front-desk', 'clinician'] as const).map((role) =>
    service.issueToken({ roles: [role] }),
  ) as [string, string, string]
  const call: Clinic['call'] = (id, options) => {
    const contract = appointmentsRoutes.find((route) => route.id === id)
    if (!contract) throw new Error(`no contract ${id}`)
    return service.call(contract, options)
  }
  const must = async (answer: Promise<CallAnswer>): Promise<CallAnswer> => {
    const { status, body } = await answer
    if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`)
    return answer
  }
  const facility: Clinic['facility'] = async (timeZone, over = {}) => {
    const { id: facilityId = FacilityId.parse(randomUUID()), name = 'Main Clinic', version = 1 } = over
    await service.publish(facilityChanged, { facilityId, name, timeZone }, { aggregateVersion: version })
    return facilityId
  }
  const facilityId = await facility('UTC')
  const visitType: Clinic['visitType'] = async (fields = {}) => {
    const visitTypeId = randomUUID()
    const type = { ...CHECK_UP, ...fields }
    await must(call('appointments.put-visit-type', { token: admin, params: { visitTypeId }, body: type }))
    return visitTypeId
  }
  const provider: Clinic['provider'] = async (visitTypeIds, weekly = openDaily(), at = facilityId) => {
    const providerId = randomUUID()
    const who = { name: 'Dr Grace Hopper', visitTypeIds }
    await must(call('appointments.put-provider', { token: admin, params: { providerId }, body: who }))
    const params = { providerId, facilityId: at }
    await must(call('appointments.put-availability', { token: desk, params, body: { weekly } }))
    return providerId
  }
  const visitTypeId = await visitType()
  const providerId = await provider([visitTypeId])
  return {
    service,
    clock,
    admin,
    desk,
    clinician,
    facilityId,
    providerId,
    visitTypeId,
    call,
    facility,
    provider,
    visitType,
    patient() {
      const patientId = randomUUID()
      return { patientId, token: service.issueToken({ patientId }) }
    },
    async registered() {
      const patientId = PatientId.parse(randomUUID())
      await service.publish(patientRegistered, { patientId, birthDate: '1980-01-01' })
      return { patientId, token: service.issueToken({ patientId }) }
    },
    async room(at = facilityId) {
      const roomId = randomUUID()
      const room = { name: 'Room', facilityId: at }
      await must(call('appointments.put-room', { token: admin, params: { roomId }, body: room }))
      return roomId
    },
    slot: (start, over = {}) => ({ providerId, facilityId, visitTypeId, start, ...over }),
    book: (token, wanted, key = randomUUID()) =>
      call('appointments.book', { token, body: wanted, headers: { 'idempotency-key': key } }),
  }
}

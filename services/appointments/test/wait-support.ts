import { expect, vi } from 'vitest'
import { type Clinic, noon, openDaily } from './support.ts'

export type Patient = ReturnType<Clinic['patient']>

/** Those who wait, as they see it, and the database's clock when an offer is to end. */
export function waitRoom(clinic: () => Clinic) {
  const entryOf = async ({ token }: Patient, index = 0) =>
    (await clinic().call('appointments.list-waiting', { token, params: { patientId: 'me' } })).body.items[index]
  return {
    /** A provider with one visit a day, at noon. */
    onceADay: () => clinic().provider([clinic().visitTypeId], openDaily('12:00', '12:30')),
    /** Waits for that visit on a day; the id of the entry. */
    async join(patient: Patient, providerId: string, day: number): Promise<string> {
      const body = { visitTypeId: clinic().visitTypeId, providerId, from: noon(day, -60), to: noon(day, 60) }
      const answer = await clinic().call('appointments.join-wait-list', { token: patient.token, body })
      expect(answer).toMatchObject({ status: 201, body: { status: 'waiting', offer: null } })
      return answer.body.id
    },
    /** The latest entry of a patient, or the one before. */
    entryOf,
    becomes: (patient: Patient, expected: object) =>
      vi.waitFor(async () => expect(await entryOf(patient)).toMatchObject(expected), { timeout: 20_000, interval: 50 }),
    answer: (patient: Patient, entryId: string, what: 'accept' | 'decline') =>
      clinic().call(`appointments.${what}-offer`, { token: patient.token, params: { entryId }, body: {} }),
    /** Lets what an entry is offered end so many milliseconds from now. */
    endOffer: (entryId: string, inMs = -1000) =>
      clinic().service.adminPool.query(
        `with o as (update appointments.wait_offer set expires_at = clock_timestamp() + $2::int * interval '1 ms'
                     where entry_id = $1 and status = 'open' returning booking_id, expires_at)
         update appointments.booking b set hold_expires_at = o.expires_at from o where b.id = o.booking_id`,
        [entryId, inMs],
      ),
  }
}

import type { Sealer } from '@wellgate/shared/crypto/sealer'
import { execute, maybeOne, one, type Queryable, rows } from '@wellgate/shared/db/query'
import type { ConstraintTable } from '@wellgate/shared/db/sqlstate'
import type { Tx } from '@wellgate/shared/db/tx'
import { appointmentsErrors } from '../errors.ts'
import type { Booking, BookingDocument, BookingFacts, BookingStatus } from './booking.ts'
import * as sql from './booking-sql.ts'

const taken = () => appointmentsErrors['slot-taken']()

/** What the constraints that keep bookings apart mean to the caller; for `withTx`. */
export const bookingConstraints: ConstraintTable = {
  booking_provider_once: taken,
  booking_room_once: taken,
  booking_patient_once: () => appointmentsErrors['patient-busy'](),
}

/** What a booking takes, and of whom. */
export interface Claim {
  readonly providerId: string
  readonly facilityId: string
  readonly roomId: string | null
  readonly starts: Date
  readonly ends: Date
  readonly takenFrom: Date
  readonly takenTo: Date
}

/** A span of time with a provider, at a facility, or both. */
export interface Where {
  readonly providerId: string | null
  readonly facilityId: string | null
  readonly from: Date
  readonly to: Date
}

const placeOf = (row: string, patient: string) => ({ table: 'booking', column: 'document', row, patient })

const factsOf = (row: Omit<sql.BookingRow, 'document'>): Omit<Booking, 'document'> => ({
  id: row.id,
  patientId: row.patient_id,
  providerId: row.provider_id,
  facilityId: row.facility_id,
  visitTypeId: row.visit_type_id,
  roomId: row.room_id,
  status: row.status,
  starts: row.starts,
  ends: row.ends,
  holdExpiresAt: row.hold_expires_at,
  encounterId: row.encounter_id,
  version: row.version,
  timeZone: row.time_zone,
})

export type BookingRepository = ReturnType<typeof createBookingRepository>

/** Holds and appointments. The only place that knows their table; documents go in sealed and come out open. */
export function createBookingRepository(sealer: Sealer) {
  const openAll = async (found: readonly sql.BookingRow[]): Promise<Booking[]> => {
    if (found.length > 0) await sealer.prefetch([...new Set(found.map((row) => row.patient_id))])
    return found.map((row) => ({
      ...factsOf(row),
      document: sealer.openValueSync(placeOf(row.id, row.patient_id), row.document),
    }))
  }

  return {
    /** Seals a document. It may need a connection of its own for the data key: call it before a transaction begins. */
    seal: (id: string, patientId: string, document: BookingDocument): Promise<Buffer> =>
      sealer.sealValue(placeOf(id, patientId), document),

    async find(q: Queryable, id: string): Promise<Booking | undefined> {
      const row = await maybeOne(q, sql.bookingById, [id])
      return row && { ...factsOf(row), document: await sealer.openValue(placeOf(row.id, row.patient_id), row.document) }
    },

    /** `limit` and one more, latest first. */
    async ofPatient(q: Queryable, patientId: string, before: readonly [string, string] | null, limit: number) {
      return openAll(await rows(q, sql.bookingsOfPatient, [patientId, ...(before ?? [null, null]), limit + 1]))
    },

    async ofDay(q: Queryable, at: { facilityId: string; from: Date; to: Date; providerId?: string | undefined }) {
      return openAll(await rows(q, sql.bookingsOfDay, [at.facilityId, at.from, at.to, at.providerId ?? null]))
    },

    /** Lets go of what is held there; the ids. */
    async releaseHit(tx: Tx, at: Where): Promise<string[]> {
      return (await rows(tx, sql.releaseHit, [at.providerId, at.facilityId, at.from, at.to])).map(({ id }) => id)
    },

    async hit(q: Queryable, at: Where) {
      return openAll(await rows(q, sql.bookingsHit, [at.providerId, at.facilityId, at.from, at.to]))
    },

    /** Waits until nobody else writes bookings of these, and lets go of holds of theirs that are over: how many. Call it first. */
    async claim(tx: Tx, of: { providerId: string; patientId: string; roomsOf: string | null }): Promise<number> {
      const resources = [`provider/${of.providerId}`, `patient/${of.patientId}`]
      if (of.roomsOf !== null) resources.push(`rooms/${of.roomsOf}`)
      const whose = [of.providerId, of.patientId, of.roomsOf]
      const { over } = await one(tx, sql.lockResources, [...whose, resources])
      return over ? execute(tx, sql.sweepHolds, whose) : 0
    },

    async freeRoom(tx: Tx, facilityId: string, from: Date, to: Date, except: string | null) {
      return (await maybeOne(tx, sql.freeRoom, [facilityId, from, to, except]))?.id
    },

    async countHolds(tx: Tx, patientId: string): Promise<number> {
      return (await one(tx, sql.countHolds, [patientId])).held
    },

    /** Stores a hold of some seconds, or a booking where `holdSeconds` is null; answers with the end of the hold. */
    async insert(
      tx: Tx,
      claim: Claim,
      of: {
        id: string
        patientId: string
        visitTypeId: string
        document: Buffer
        by: string
        holdSeconds: number | null
      },
    ): Promise<Date | null> {
      const when = [claim.starts, claim.ends, claim.takenFrom, claim.takenTo]
      const whom = [of.id, of.patientId, claim.providerId, claim.facilityId, of.visitTypeId, claim.roomId]
      const values = [...whom, ...when, of.document, of.holdSeconds, of.by]
      return (await one(tx, sql.insertBooking, values)).hold_expires_at
    },

    /** What is booked now; undefined where the patient holds no such thing any more. */
    async confirmHold(
      tx: Tx,
      { id, patientId, document, by }: { id: string; patientId: string; document: Buffer; by: string },
    ): Promise<(Omit<Booking, 'document'> & BookingFacts) | undefined> {
      const row = await maybeOne(tx, sql.confirmHold, [id, patientId, document, by])
      // A document is sealed for one row: for another it could never be opened again.
      if (row && (row.id !== id || row.patient_id !== patientId))
        throw new Error('a document was sealed for another row')
      return row && { ...factsOf(row), status: 'booked' }
    },

    async releaseHold(q: Queryable, id: string, patientId: string): Promise<boolean> {
      return (await execute(q, sql.releaseHold, [id, patientId])) > 0
    },

    /** The next version; undefined, and no effect, where `version` is not the present one. */
    async changeStatus(
      tx: Tx,
      of: { id: string; version: number; encounterId: string | null; document: Buffer; by: string },
      status: BookingStatus,
    ): Promise<number | undefined> {
      const values = [of.id, of.version, status, of.encounterId, of.document, of.by]
      return (await maybeOne(tx, sql.changeStatus, values))?.version
    },

    /** As {@link changeStatus}. */
    async move(
      tx: Tx,
      of: { id: string; version: number; document: Buffer; by: string },
      to: Claim,
    ): Promise<number | undefined> {
      const where = [to.providerId, to.facilityId, to.roomId, to.starts, to.ends, to.takenFrom, to.takenTo]
      return (await maybeOne(tx, sql.moveBooking, [of.id, of.version, ...where, of.document, of.by]))?.version
    },

    /** Forgets holds that have been over for two days. */
    deleteExpired: (q: Queryable): Promise<number> => execute(q, sql.deleteExpired),
  }
}

import { appointmentReminderDue } from '@wellgate/shared/contracts/appointments/events'
import { FacilityId, PatientId } from '@wellgate/shared/contracts/ids'
import { rows } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { claimDue } from './reminder-sql.ts'

/** Three weeks, three days and a day before a visit. */
export const LEAD_HOURS = [504, 72, 24]

/**
 * Tells of the reminders that are due by the database's clock. What was fired is remembered in the transaction of the
 * event, so each is fired once, whatever dies. Of several that came due while nobody looked, only the last is fired; what
 * was due before the visit was booked or moved is not. Gives how many were fired.
 */
export function fireReminders({ pool, outbox }: Pick<Platform, 'pool' | 'outbox'>): Promise<number> {
  return withTx(pool, async (tx) => {
    const due = await rows(tx, claimDue, [LEAD_HOURS])
    const entries = due.map((row) => ({
      contract: appointmentReminderDue,
      aggregateVersion: row.version,
      payload: {
        appointmentId: row.id,
        patientId: PatientId.parse(row.patient_id),
        facilityId: FacilityId.parse(row.facility_id),
        start: row.starts.toISOString(),
        timeZone: row.time_zone,
        leadHours: row.lead_hours,
      },
    }))
    await outbox.appendMany(tx, entries)
    return due.length
  })
}

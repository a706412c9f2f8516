import type { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import type { Tx } from '@wellgate/shared/db/tx'
import type { ChartRepository } from '../chart/chart-repository.ts'
import { entryOf } from '../chart/entry.ts'
import type { Part } from '../chart/fhir.ts'
import { knowPatient } from '../patients/patient-repository.ts'

type Visit = PayloadOf<typeof visitCompleted>

/** What was written here, and not imported. */
const LOCAL = 'local'

/**
 * Files the encounter of a visit that took place, in the consumer's transaction. Its id is the one that appointments gave
 * it, so an event that is sent again, even as another event, files nothing.
 */
export async function fileVisit(chart: ChartRepository, tx: Tx, visit: Visit): Promise<void> {
  const { patientId, encounterId: id, providerName } = visit
  await knowPatient(tx, patientId)
  if ((await chart.present(tx, 'encounter', [id])).length > 0) return
  const resource = encounterOf(visit)
  const entry = entryOf(
    {
      type: 'Encounter',
      id,
      sourceHash: null,
      encounterId: null,
      resource: JSON.stringify(resource),
      performers: [providerName],
      links: {},
    },
    resource,
  )
  await chart.insert(tx, 'encounter', patientId, LOCAL, [entry])
}

/** The visit as a FHIR R4 Encounter (https://hl7.org/fhir/R4/encounter.html). */
function encounterOf(visit: Visit): Part {
  return {
    resourceType: 'Encounter',
    id: visit.encounterId,
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' },
    type: [{ text: visit.visitTypeName }],
    participant: [{ individual: { display: visit.providerName } }],
    appointment: [{ reference: `Appointment/${visit.appointmentId}` }],
    period: { start: visit.start, end: visit.end },
    serviceProvider: { display: visit.facilityName },
  }
}

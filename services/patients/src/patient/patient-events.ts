import { PatientId } from '@wellgate/shared/contracts/ids'
import { patientChanged, patientRegistered } from '@wellgate/shared/contracts/patients/events'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import type { StoredPatient } from './patient.ts'

type Facts = Pick<StoredPatient, 'id' | 'version'> & { readonly document: Pick<StoredPatient['document'], 'birthDate'> }

const eventOf = ({ id, version, document }: Facts) => ({
  aggregateVersion: version,
  payload: { patientId: PatientId.parse(id), birthDate: document.birthDate } satisfies PayloadOf<
    typeof patientRegistered
  >,
})

/** The patient as others need it, as an event of its present version. */
export const registered = (patient: Facts) => ({ contract: patientRegistered, ...eventOf(patient) })

/** The same, when something has changed. */
export const changed = (patient: Facts) => ({ contract: patientChanged, ...eventOf(patient) })

import type { Pool } from '@wellgate/shared/db/pool'
import type { Republisher } from '@wellgate/shared/messaging/republish'
import { registered } from './patient-events.ts'
import type { PatientRepository } from './patient-repository.ts'

const PAGE = 200

/** Every patient at its present version, as `patient.registered`: for a consumer that is new or restored. */
export function patientRepublisher(pool: Pool, patients: PatientRepository): Republisher {
  return {
    async *currentState() {
      for (let after: string | null = null; ;) {
        const page = await patients.list(pool, { after, limit: PAGE })
        for (const patient of page) yield registered(patient)
        const last = page.at(-1)
        if (!last || page.length < PAGE) return
        after = last.id
      }
    },
  }
}

import { patientsEvents } from '@wellgate/shared/contracts/patients/events'
import { patientsRoutes } from '@wellgate/shared/contracts/patients/routes'
import { defineService } from '@wellgate/shared/runtime/service'
import { patientsSlices } from './config.ts'
import { patientConsumers } from './consumers.ts'
import { createPatientRepository } from './patient/patient-repository.ts'
import { patientRepublisher } from './patient/republish.ts'
import { patientHandlers } from './patient/routes.ts'
import { createSearchKeys } from './patient/search-keys.ts'

/** Who the patients are: demographics, identifiers and medical record numbers. */
export const patientsService = defineService({
  name: 'patients',
  slices: patientsSlices,
  routes: patientsRoutes,
  events: patientsEvents,
  migrations: new URL('../prisma/migrations/', import.meta.url),
  build(platform) {
    const keys = createSearchKeys((label, bits) => platform.blindIndex(label, bits))
    const patients = createPatientRepository({ sealer: platform.sealer, keys })
    return {
      handlers: patientHandlers(platform, patients),
      consumers: patientConsumers(platform, patients),
      republisher: patientRepublisher(platform.pool, patients),
    }
  },
})

import type { patientsRoutes } from '@wellgate/shared/contracts/patients/routes'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { assertMayPatch } from './patch.ts'
import { toPatient } from './patient.ts'
import type { PatientRepository } from './patient-repository.ts'
import { registerPatient } from './register-patient.ts'
import { searchPatients, toMatch } from './search-patients.ts'
import { updatePatient } from './update-patient.ts'

/** The routes of the service, each bound to its use case. */
export function patientHandlers(platform: Platform, patients: PatientRepository): Handlers<typeof patientsRoutes> {
  const { pool } = platform
  return {
    'patients.register-patient': async (request) => {
      const patient = await registerPatient(platform, patients, request.body, request.idempotencyKey)
      request.subject(patient.id)
      return { status: 201, body: toPatient(patient), etag: patient.version }
    },
    'patients.search-patients': async (request) => {
      const { items, next } = await searchPatients(pool, patients, request.body)
      // Whom a search has shown belongs to the trail of each of them.
      request.note({ patientIds: items.map(({ id }) => id) })
      return {
        status: 200,
        body: { items: items.map((item) => toMatch(item)), next },
      }
    },
    'patients.read-patient': async ({ params }) => {
      const patient = await patients.find(pool, params.patientId)
      if (!patient) throw platformErrors['not-found']()
      return { status: 200, body: toPatient(patient), etag: patient.version }
    },
    'patients.update-patient': async ({ params, body, ifMatch, actor }) => {
      assertMayPatch(actor, body)
      const patient = await updatePatient(platform, patients, { id: params.patientId, ifMatch, patch: body })
      return { status: 200, body: toPatient(patient), etag: patient.version }
    },
  }
}

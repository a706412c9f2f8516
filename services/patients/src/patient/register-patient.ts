import type { z } from 'zod'
import type { patientsRoutes } from '@wellgate/shared/contracts/patients/routes'
import { withTx } from '@wellgate/shared/db/tx'
import { type IdempotencyKey, once } from '@wellgate/shared/http/idempotency'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { assertBirthDate } from './birth-date.ts'
import { LOCAL, type PatientDocument, type StoredPatient } from './patient.ts'
import { patientConstraints, type PatientRepository } from './patient-repository.ts'
import { registered } from './patient-events.ts'

export type Registration = z.output<(typeof patientsRoutes)[0]['body']>

/**
 * Registers a patient under a new MRN. A repeat with the same key gives the patient that the first registered, as it is now.
 * @throws `invalid-request` for a birth date that nobody here can have, `identifier-in-use`, `idempotency-in-progress`, `idempotency-key-reused`
 */
export async function registerPatient(
  { pool, outbox, newId, now }: Pick<Platform, 'pool' | 'outbox' | 'newId' | 'now'>,
  patients: PatientRepository,
  registration: Registration,
  key: IdempotencyKey | undefined,
): Promise<StoredPatient> {
  assertBirthDate(registration.birthDate, now())
  const id = newId()
  const document: PatientDocument = {
    ...registration,
    mrn: await patients.nextMrn(pool),
    otherNames: [],
    deceased: null,
    resource: null,
  }
  const sealed = await patients.seal({ id, source: LOCAL, document })
  const { resultId } = await withTx(
    pool,
    (tx) =>
      once(tx, key, async () => {
        await patients.insert(tx, sealed, null)
        const { contract, ...event } = registered({ id, version: 1, document })
        await outbox.append(tx, contract, event)
        return { status: 201, resultId: id }
      }),
    { constraints: patientConstraints },
  )
  if (resultId === id) return { id, version: 1, source: LOCAL, sourceHash: null, locallyChanged: false, document }
  const known = await patients.find(pool, resultId)
  if (!known) throw new Error('the patient of a stored Idempotency-Key is gone')
  return known
}

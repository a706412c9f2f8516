import { z } from 'zod'
import { event } from '../event.ts'
import { ImportId, PatientId } from '../ids.ts'
import { ItemResult } from '../interop/import-result.ts'

export const patientRegistered = event({
  type: 'patient.registered',
  version: 1,
  topic: 'patient',
  lane: 'default',
  producer: 'patients',
  key: 'patientId',
  protected: true,
  readers: ['identity', 'records', 'appointments', 'billing'],
  summary:
    'A patient is known: registered at the desk or by an import. Also sent again by `npm run republish -- patients`.',
  payload: z.object({ patientId: PatientId, birthDate: z.string() }),
})

export const patientChanged = event({
  ...patientRegistered,
  type: 'patient.changed',
  summary: 'Demographics of a patient changed.',
})

export const patientImportApplied = event({
  type: 'import-applied.patient',
  version: 1,
  topic: 'import-applied',
  lane: 'default',
  producer: 'patients',
  key: 'patientId',
  protected: false,
  readers: ['interop'],
  summary: 'The patient of an import was applied, or set aside with a reason.',
  payload: z.object({ importId: ImportId, patientId: PatientId, chunk: z.int(), results: z.array(ItemResult) }),
})

export const patientsEvents = [patientRegistered, patientChanged, patientImportApplied] as const

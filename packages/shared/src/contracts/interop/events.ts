import { z } from 'zod'
import { event } from '../event.ts'
import { ImportId, PatientId, Uuid } from '../ids.ts'
import { BILLING_TYPES, CLINICAL_TYPES } from './import-result.ts'

/** One resource on its way into a service: ids given by the crosswalk, the resource as its JSON text was received. */
const itemOf = <T extends z.ZodType>(type: T) =>
  z.object({
    index: z.int().nonnegative(),
    type,
    id: Uuid.describe('Our id, from the crosswalk'),
    sourceHash: z
      .string()
      .describe('Keyed hash of the resource, performers, encounter and links: equal means unchanged'),
    resource: z.string().describe('The JSON text as received; decimals and partial dates as sent'),
    performers: z.array(z.string()).describe('Display text of who did it, resolved inside the bundle'),
    encounterId: Uuid.nullable(),
    links: z.record(z.string(), z.string()).describe('Reference as written in the resource -> `Type/our-id`'),
  })

const importEvent = {
  version: 1,
  topic: 'import',
  lane: 'default',
  producer: 'interop',
  key: 'patientId',
  protected: true,
} as const

const chunk = { importId: ImportId, patientId: PatientId, source: z.string(), chunk: z.int().nonnegative() }

export const importReceived = event({
  type: 'import-job.received',
  version: 1,
  topic: 'import-job',
  lane: 'default',
  producer: 'interop',
  key: 'patientId',
  protected: false,
  readers: ['interop'],
  summary: 'A bundle was received and sealed; interop itself splits it and sends it on.',
  payload: z.object({ importId: ImportId, patientId: PatientId }),
})

export const importPatient = event({
  ...importEvent,
  type: 'import.patient',
  readers: ['patients', 'records'],
  summary: 'The Patient resource of an import.',
  payload: z.object({ ...chunk, items: z.array(itemOf(z.literal('Patient'))).length(1) }),
})

export const importResources = event({
  ...importEvent,
  type: 'import.resources',
  readers: ['records'],
  summary: 'At most 100 clinical resources of one patient, at most 256 KiB.',
  payload: z.object({ ...chunk, items: z.array(itemOf(z.enum(CLINICAL_TYPES))).max(100) }),
})

export const importBilling = event({
  ...importEvent,
  type: 'import.billing',
  // A topic of its own: billing has no right to the clinical resources of an import, nor records to its claims.
  topic: 'import-billing',
  readers: ['billing'],
  summary: 'At most 100 claims and explanations of benefit of one patient, at most 256 KiB; only where billing runs.',
  payload: z.object({ ...chunk, items: z.array(itemOf(z.enum(BILLING_TYPES))).max(100) }),
})

export const interopEvents = [importReceived, importPatient, importResources, importBilling] as const

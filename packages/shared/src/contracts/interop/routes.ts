import { z } from 'zod'
import { ImportId, PatientId } from '../ids.ts'
import { route } from '../route.ts'

/** Largest bundle accepted. */
export const IMPORT_LIMIT_BYTES = 32 * 1024 * 1024

const Counts = z.object({
  created: z.int(),
  unchanged: z.int(),
  updated: z.int(),
  setAside: z.int(),
})

export const Import = z.object({
  id: ImportId,
  state: z.enum(['queued', 'running', 'completed', 'failed']),
  patientId: PatientId,
  counts: z.record(z.string(), Counts).describe('By resource type'),
  setAside: z.array(
    z.object({
      index: z.int().describe('Position in Bundle.entry'),
      type: z.string(),
      sourceId: z.string().nullable(),
      code: z.string(),
      detail: z.string(),
    }),
  ),
})

export const interopRoutes = [
  route({
    id: 'interop.create-import',
    method: 'POST',
    path: '/v1/admin/imports',
    summary: 'Import a FHIR R4 Bundle (transaction or collection) of one patient. Runs in the background.',
    access: { kind: 'staff', roles: ['front-desk', 'admin'] },
    action: 'create',
    query: z.strictObject({
      source: z
        .string()
        .regex(/^(?!local$)[a-z0-9][a-z0-9-]{0,62}$/)
        .describe(
          'Slug of the system the bundle comes from, such as `general-hospital`; `local` means this installation',
        ),
    }),
    contentType: 'application/fhir+json',
    bodyLimit: IMPORT_LIMIT_BYTES,
    timeoutMs: 60_000,
    answers: { 202: z.object({ id: ImportId }) },
    problems: [400, 413, 415, 422],
  }),
  route({
    id: 'interop.read-import',
    method: 'GET',
    path: '/v1/admin/imports/:importId',
    summary: 'How an import stands: counts by type, and what was set aside and why.',
    access: { kind: 'staff', roles: ['front-desk', 'admin'] },
    action: 'read',
    params: z.object({ importId: ImportId }),
    answers: { 200: Import },
    problems: [404],
  }),
] as const

import { event } from '../event.ts'
import { patientImportApplied } from '../patients/events.ts'

export const resourcesImportApplied = event({
  ...patientImportApplied,
  type: 'import-applied.resources',
  producer: 'records',
  summary: 'A chunk of clinical resources of an import was applied; each item says what became of it.',
})

export const recordsEvents = [resourcesImportApplied] as const

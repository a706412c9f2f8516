import type { OpenEntry } from '../src/chart/entry.ts'
import { observationView } from '../src/chart/views/observation.ts'

/** The id of {@link entry}. */
export const ID = '018f0000-0000-7000-8000-000000000001'

/** A stored resource, opened. */
export const entry = (resource: Record<string, unknown>, more: Partial<OpenEntry> = {}): OpenEntry => ({
  id: ID,
  version: 3,
  source: 'general-hospital',
  encounterId: null,
  clinicalTime: 0,
  performers: ['Dr. June Kassulke'],
  links: {},
  resource,
  ...more,
})

/** What the chart shows of an observation. */
export const observation = (fields: Record<string, unknown>) =>
  observationView(entry({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...fields }))

import type { ItemResult } from '@wellgate/shared/contracts/interop/import-result'

/** What is known of the row that an imported resource is about. */
export interface Present {
  readonly patient_id: string
  readonly source_hash: string | null
  readonly locally_changed: boolean
}

export type Outcome = Omit<ItemResult, 'index'>

/** What an imported resource does to what is there: the source's word counts until somebody here has corrected it. */
export function decide(
  present: Present | undefined,
  incoming: { patientId: string; sourceHash: string | null },
): Outcome {
  if (!present) return { outcome: 'created' }
  if (present.patient_id !== incoming.patientId) {
    return setAside('wrong-patient', 'The record belongs to another patient.')
  }
  if (present.source_hash === incoming.sourceHash) return { outcome: 'unchanged' }
  if (present.locally_changed) {
    return setAside('locally-changed', 'It was corrected here after it was imported; the source has changed since.')
  }
  return { outcome: 'updated' }
}

export const setAside = (code: string, detail: string): Outcome => ({ outcome: 'set-aside', code, detail })

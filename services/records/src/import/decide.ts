import type { ItemResult } from '@wellgate/shared/contracts/interop/import-result'

export interface Present {
  readonly patient_id: string
  readonly source_hash: string | null
  readonly locally_changed: boolean
  readonly version: number
}

export interface ImportDecision {
  readonly result: Omit<ItemResult, 'index'>
  /** The version that an update replaces. */
  readonly version: number
}

/** What an imported resource does to what is there: the source's word counts until somebody here has corrected it. */
export function decide(
  present: Present | undefined,
  incoming: { patientId: string; sourceHash: string },
): ImportDecision {
  if (!present) return { result: { outcome: 'created' }, version: 0 }
  const { version } = present
  if (present.patient_id !== incoming.patientId) {
    return {
      result: { outcome: 'set-aside', code: 'wrong-patient', detail: 'The record belongs to another patient.' },
      version,
    }
  }
  if (present.source_hash === incoming.sourceHash) return { result: { outcome: 'unchanged' }, version }
  if (present.locally_changed) {
    const detail = 'It was corrected here after it was imported; the source has changed since.'
    return { result: { outcome: 'set-aside', code: 'locally-changed', detail }, version }
  }
  return { result: { outcome: 'updated' }, version }
}

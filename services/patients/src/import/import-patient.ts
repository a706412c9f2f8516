import type { importPatient } from '@wellgate/shared/contracts/interop/events'
import type { ItemResult } from '@wellgate/shared/contracts/interop/import-result'
import type { Received } from '@wellgate/shared/contracts/event'
import { patientImportApplied } from '@wellgate/shared/contracts/patients/events'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { LOCAL, type StoredPatient } from '../patient/patient.ts'
import { changed, registered } from '../patient/patient-events.ts'
import type { PatientRepository } from '../patient/patient-repository.ts'
import { readFhirPatient, type ImportedPatient } from './fhir-patient.ts'
import type { Refusal } from './fhir-reader.ts'

type Event = Received<typeof importPatient>
type Item = Event['payload']['items'][number]
type Outcome = Omit<ItemResult, 'index'>
type Context = Pick<Platform, 'outbox' | 'now'> & { patients: PatientRepository; tx: Tx }

/** Enough to mend a resource by; a resource may be wrong in thousands of places. */
const MAX_REFUSALS = 5

/**
 * Applies the Patient of an import: created, unchanged, updated, or set aside with a reason that names no value. Always
 * answers interop, in the same transaction. What is not foreseen throws, and is retried and parked by the consumer.
 */
export async function applyImport(
  { outbox, now }: Pick<Platform, 'outbox' | 'now'>,
  patients: PatientRepository,
  tx: Tx,
  { aggregateVersion, payload }: Event,
): Promise<void> {
  const { importId, patientId, chunk, source, items } = payload
  const results: ItemResult[] = []
  for (const item of items) {
    results.push({ index: item.index, ...(await applyItem({ outbox, now, patients, tx }, patientId, source, item)) })
  }
  await outbox.append(tx, patientImportApplied, {
    aggregateVersion,
    payload: { importId, patientId, chunk, results },
  })
}

async function applyItem(context: Context, id: string, source: string, item: Item): Promise<Outcome> {
  const present = await context.patients.findForUpdate(context.tx, id)
  if (present?.sourceHash === item.sourceHash) return { outcome: 'unchanged' }
  if (present && (present.locallyChanged || present.source === LOCAL)) {
    return setAside('locally-changed', 'The patient was corrected here; the import does not overwrite that.')
  }
  const reading = readFhirPatient(item.resource, context.now())
  if ('refusals' in reading) return setAside('invalid-resource', detailOf(reading.refusals))
  const { patient } = reading
  return present ? replace(context, present, patient, item) : create(context, id, source, patient, item)
}

async function create(
  context: Context,
  id: string,
  source: string,
  patient: ImportedPatient,
  item: Item,
): Promise<Outcome> {
  const { patients, outbox, tx } = context
  const document = { ...patient, mrn: await patients.nextMrn(tx) }
  const sealed = await patients.seal({ id, source, document })
  await patients.insert(tx, sealed, item.sourceHash)
  const { contract, ...event } = registered({ id, version: 1, document })
  await outbox.append(tx, contract, event)
  return { outcome: 'created' }
}

async function replace(
  context: Context,
  present: StoredPatient,
  patient: ImportedPatient,
  item: Item,
): Promise<Outcome> {
  const { patients, outbox, tx } = context
  const document = { ...patient, mrn: present.document.mrn }
  const sealed = await patients.seal({ ...present, document })
  const at = { version: present.version, sourceHash: item.sourceHash, locallyChanged: false }
  const version = await patients.update(tx, sealed, at)
  if (version === undefined) throw new Error('the version of a locked patient has changed')
  const { contract, ...event } = changed({ id: present.id, version, document })
  await outbox.append(tx, contract, event)
  return { outcome: 'updated' }
}

const setAside = (code: string, detail: string): Outcome => ({ outcome: 'set-aside', code, detail })

function detailOf(refusals: readonly Refusal[]): string {
  const shown = refusals.slice(0, MAX_REFUSALS).map(({ field, expected }) => `${field}: expected ${expected}`)
  const more = refusals.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

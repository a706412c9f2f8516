import { billingImportApplied } from '@wellgate/shared/contracts/billing/events'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import type { importBilling } from '@wellgate/shared/contracts/interop/events'
import type { ItemResult } from '@wellgate/shared/contracts/interop/import-result'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Outbox } from '@wellgate/shared/messaging/outbox'
import { factsOf } from './bill-facts.ts'
import { checkBill, type Bill } from './fhir-schemas.ts'
import type { HistoryRepository, StoredBill } from './history-repository.ts'

type Chunk = PayloadOf<typeof importBilling>
type Item = Chunk['items'][number]
type Outcome = Omit<ItemResult, 'index'>

const refused = (code: string, detail: string): Outcome => ({ outcome: 'set-aside', code, detail })

/** The items of a chunk as they would be stored, sealed, and what became of those that are not. */
export interface PreparedChunk {
  readonly bills: readonly { readonly index: number; readonly bill: StoredBill }[]
  readonly refused: readonly ItemResult[]
}

/**
 * Reads and seals the items of a chunk; a resource that is not valid is set aside and never stops the others. Before the
 * transaction: the patient's keys may need a connection.
 */
export async function prepareImport(history: HistoryRepository, { patientId, items }: Chunk): Promise<PreparedChunk> {
  const bills = new Map<string, { index: number; bill: StoredBill }>()
  const setAside: ItemResult[] = []
  for (const item of items) {
    const { index, id, resource, performers } = item
    const read = readItem(item)
    if ('outcome' in read) setAside.push({ index, ...read })
    else if (bills.has(id)) setAside.push({ index, ...refused('duplicate', 'An earlier item has the same id.') })
    else
      bills.set(id, { index, bill: { ...read, document: await history.seal(patientId, id, { resource, performers }) } })
  }
  return { bills: [...bills.values()], refused: setAside }
}

/** Applies a prepared chunk and answers with what became of each item. The same again changes nothing. */
export async function applyImport(
  { outbox, history }: { outbox: Outbox; history: HistoryRepository },
  tx: Tx,
  chunk: Chunk,
  prepared: PreparedChunk,
): Promise<void> {
  const { importId, patientId, source, chunk: number } = chunk
  const { bills } = prepared
  const results = [...prepared.refused]
  const present = new Map(
    (
      await history.present(
        tx,
        bills.map(({ bill }) => bill.id),
      )
    ).map((row) => [row.id, row]),
  )
  const created: StoredBill[] = []
  const updated: StoredBill[] = []
  for (const { index, bill } of bills) {
    const before = present.get(bill.id)
    if (!before) {
      created.push(bill)
      results.push({ index, outcome: 'created' })
    } else if (before.patient_id !== patientId) {
      results.push({ index, ...refused('wrong-patient', 'The bill belongs to another patient.') })
    } else if (before.source_hash === bill.sourceHash) {
      results.push({ index, outcome: 'unchanged' })
    } else {
      updated.push(bill)
      results.push({ index, outcome: 'updated' })
    }
  }
  await history.insert(tx, patientId, source, created)
  await history.update(tx, updated)
  await outbox.append(tx, billingImportApplied, {
    aggregateVersion: number,
    payload: { importId, patientId, chunk: number, results: results.toSorted((a, b) => a.index - b.index) },
  })
}

function readItem(item: Item): Omit<StoredBill, 'document'> | Outcome {
  const checked = checkBill(item.type, item.resource)
  if (!checked.ok) return refused('invalid-resource', checked.detail)
  const { bill } = checked
  try {
    return {
      id: item.id,
      entryId: entryIdOf(item, bill),
      kind: item.type,
      active: bill.status === 'active',
      datedAt: new Date(factsOf(bill).date.instant),
      sourceHash: item.sourceHash,
    }
  } catch (error) {
    if (error instanceof RangeError) return refused('invalid-resource', 'An amount is larger than any bill.')
    throw error
  }
}

const OUR_CLAIM = /^Claim\/([0-9a-f-]{36})$/

/** An explanation belongs to the claim that it refers to, if that was sent; interop has resolved the reference. */
function entryIdOf(item: Item, bill: Bill): string {
  const reference = bill.resourceType === 'Claim' ? undefined : bill.claim?.reference
  const link = reference === undefined || !Object.hasOwn(item.links, reference) ? undefined : item.links[reference]
  return OUR_CLAIM.exec(link ?? '')?.[1] ?? item.id
}

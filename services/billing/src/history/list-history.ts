import { z } from 'zod'
import type { BillingHistoryItem } from '@wellgate/shared/contracts/billing/models'
import { inCalendar } from '@wellgate/shared/contracts/day'
import type { Queryable } from '@wellgate/shared/db/query'
import { decodeCursor, encodeCursor } from '@wellgate/shared/http/cursor'
import { factsOf } from './bill-facts.ts'
import { checkBill } from './fhir-schemas.ts'
import type { HistoryRepository, ReadBill } from './history-repository.ts'
import { joinEntry, type OpenBill } from './join-entry.ts'

const Cursor = z.strictObject({ t: z.iso.datetime().refine(...inCalendar), i: z.uuid() })

/**
 * A page of what was billed elsewhere, latest first; a claim and its explanations are one entry.
 * @throws `invalid-request` naming `query.cursor`
 */
export async function listHistory(
  history: HistoryRepository,
  q: Queryable,
  patientId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: BillingHistoryItem[]; next: string | null }> {
  const position = cursor === undefined ? null : decodeCursor(Cursor, cursor, 'query.cursor')
  const after = position && { at: new Date(position.t), id: position.i }
  const bills = await history.list(q, patientId, { after, limit: limit + 1 })
  const entries = [...Map.groupBy(bills, ({ entryId }) => entryId)]
  const page = entries.slice(0, limit)
  const last = page.at(-1)?.[1][0]
  return {
    items: page.map(([id, ofEntry]) => joinEntry(id, ofEntry.map(openBill))),
    next: entries.length > limit && last ? encodeCursor({ t: last.at.toISOString(), i: last.entryId }) : null,
  }
}

/** What was stored had been checked: that it fails now means that the rules have become stricter than what they let in. */
function openBill({ kind, document }: ReadBill): OpenBill {
  const checked = checkBill(kind, document.resource)
  if (!checked.ok) throw new Error(`a stored ${kind} is not read any more: ${checked.detail}`)
  return { kind, facts: factsOf(checked.bill), provider: document.performers[0] ?? null }
}

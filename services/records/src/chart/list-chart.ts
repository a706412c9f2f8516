import { decodeCursor, encodeCursor } from '@wellgate/shared/http/cursor'
import type { ListQuery } from '@wellgate/shared/contracts/records/routes'
import type { Queryable } from '@wellgate/shared/db/query'
import { z } from 'zod'
import type { ChartRepository, Filter, Position } from './chart-repository.ts'
import type { OpenEntry } from './entry.ts'
import { categoriesOf, codesOf } from './facts.ts'
import type { Kind } from './kinds.ts'
import { CLINICAL_TYPES } from '@wellgate/shared/contracts/interop/import-result'

const Cursor = z.strictObject({
  t: z
    .string()
    .max(40)
    .regex(/^(-infinity|[-+0-9:. ]+( BC)?)$/),
  i: z.uuid(),
})

export interface ChartPage {
  readonly entries: readonly OpenEntry[]
  readonly next: string | null
}

/**
 * A page of one list of a patient's chart, newest first. Blind indexes only preselect: what is found by code or category
 * is compared again after it was opened, and the page is filled up with what follows.
 * @throws `invalid-request` naming `query.cursor`
 */
export async function listChart(
  chart: ChartRepository,
  q: Queryable,
  kind: Kind,
  patientId: string,
  query: ListQuery,
): Promise<ChartPage> {
  const { limit } = query
  const filter: Filter = {
    status: query.status,
    category: query.category,
    code: query.code,
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
  }
  let after: Position | null = query.cursor === undefined ? null : positionOf(query.cursor)
  const entries: OpenEntry[] = []
  while (entries.length <= limit) {
    const found = await chart.list(q, kind, patientId, filter, after, limit + 1)
    entries.push(...found.filter((entry) => matches(entry, filter)))
    const last = found.at(-1)
    if (!last || found.length <= limit) break
    after = { time: last.sortTime, id: last.id }
  }
  const page = entries.slice(0, limit)
  const last = page.at(-1)
  return { entries: page, next: entries.length > limit && last ? encodeCursor({ t: last.sortTime, i: last.id }) : null }
}

function positionOf(cursor: string): Position {
  const { t, i } = decodeCursor(Cursor, cursor)
  return { time: t, id: i }
}

/** Whether an opened entry really has the code and category that its index values promised. */
export function matches({ resource }: OpenEntry, { code, category }: Filter): boolean {
  if (category !== undefined && !categoriesOf(resource).includes(category)) return false
  if (code === undefined) return true
  const type = CLINICAL_TYPES.find((name) => name === resource['resourceType'])
  return (
    type !== undefined &&
    codesOf(type, resource).some((coding) => coding.code === code || `${coding.system ?? ''}|${coding.code}` === code)
  )
}

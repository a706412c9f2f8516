import { z } from 'zod'
import type { ListQuery } from '@wellgate/shared/contracts/records/routes'
import type { Queryable } from '@wellgate/shared/db/query'
import { decodeCursor, encodeCursor } from '@wellgate/shared/http/cursor'
import type { ChartRepository, Filter, Position } from './chart-repository.ts'
import type { OpenEntry } from './entry.ts'
import { categoriesOf, codesOf, typeOf } from './facts.ts'
import { FIRST_INSTANT, instantOf, LAST_INSTANT } from './fhir-time.ts'
import type { Kind } from './kinds.ts'

const Cursor = z.strictObject({ t: z.int().min(FIRST_INSTANT).max(LAST_INSTANT).nullable(), i: z.uuid() })

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
  { limit, cursor, ...query }: ListQuery,
): Promise<ChartPage> {
  const filter: Filter = {
    ...query,
    from: query.from === undefined ? undefined : instantOf(query.from),
    to: query.to === undefined ? undefined : instantOf(query.to),
  }
  let after = cursor === undefined ? null : positionOf(cursor)
  const entries: OpenEntry[] = []
  while (entries.length <= limit) {
    const found = await chart.list(q, kind, patientId, filter, { after, limit: limit + 1 })
    entries.push(...found.filter((entry) => matches(entry, filter)))
    const last = found.at(-1)
    if (!last || found.length <= limit) break
    after = { time: last.clinicalTime, id: last.id }
  }
  const page = entries.slice(0, limit)
  const last = page.at(-1)
  const next = entries.length > limit && last ? encodeCursor({ t: last.clinicalTime, i: last.id }) : null
  return { entries: page, next }
}

function positionOf(cursor: string): Position {
  const { t, i } = decodeCursor(Cursor, cursor, 'query.cursor')
  return { time: t, id: i }
}

/** Whether an opened entry really has the code and category that its index values promised. */
export function matches({ resource }: Pick<OpenEntry, 'resource'>, { code, category }: Filter): boolean {
  if (category !== undefined && !categoriesOf(resource).includes(category)) return false
  if (code === undefined) return true
  const type = typeOf(resource)
  const codings = type ? codesOf(type, resource) : []
  return codings.some(
    (each) => each.code !== null && (each.code === code || `${each.system ?? ''}|${each.code}` === code),
  )
}

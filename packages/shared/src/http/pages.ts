import { z } from 'zod'
import { encodeCursor } from './cursor.ts'

/** The schema of a page of items: `next` is the cursor of the page after it, null on the last. */
export const pageOf = <S extends z.ZodType>(item: S) => z.object({ items: z.array(item), next: z.string().nullable() })

export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

/**
 * Makes a page out of `limit + 1` rows: the extra one only says that there are more. `positionOf` gives the sort keys
 * of the last row of the page.
 */
export function toPage<Row, T>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => T,
  positionOf: (row: Row) => unknown,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(toItem),
    next: rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null,
  }
}

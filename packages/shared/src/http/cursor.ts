import type { z } from 'zod'
import { platformErrors } from '../errors/platform-errors.ts'

/** Where the next page begins, as opaque text. Holds sort keys and ids, and so never a sealed value. */
export const encodeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url')

/** Where a request carries its cursor. */
export type CursorField = 'query.cursor' | 'body.cursor'

/**
 * The position that `encodeCursor` was given, checked by its schema: a cursor comes back from the caller and may be
 * anything by then.
 * @throws `invalid-request` naming the field
 */
export function decodeCursor<S extends z.ZodType>(schema: S, cursor: string, field: CursorField): z.output<S> {
  const parsed = schema.safeParse(parseJson(cursor))
  if (parsed.success) return parsed.data
  throw platformErrors['invalid-request']({
    fields: [{ field, expected: 'the `next` of an earlier answer' }],
  })
}

function parseJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

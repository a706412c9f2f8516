/** A wall clock (`HH:MM`) has no day; that of any one will do. */
const instantOf = (end: string): number => Date.parse(end.includes('-') ? end : `1970-01-01T${end}Z`)

type Ends<From extends string, To extends string> = { readonly [End in From | To]?: string | null | undefined }

/**
 * Arguments of zod's `.refine(...)`: one field comes `before` another, or is `not after` it. Both are days, moments with an
 * offset or wall clocks; an end that is not given bounds nothing. The error names the first end.
 */
export const inOrder = <const From extends string, const To extends string>(
  from: From,
  to: To,
  order: 'before' | 'not after',
) =>
  [
    (ends: Ends<From, To>): boolean => {
      const [first, last] = [ends[from], ends[to]]
      if (first == null || last == null) return true
      return order === 'before' ? instantOf(first) < instantOf(last) : instantOf(first) <= instantOf(last)
    },
    { path: [from] as string[], message: `${order} \`${to}\`` },
  ] as const

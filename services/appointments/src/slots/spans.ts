/** From an instant up to another, which is outside. Milliseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

export const overlaps = (a: Span, b: Span): boolean => a.from < b.to && b.from < a.to

/** The same time in the fewest spans, in order. */
export function union(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.filter(({ from, to }) => from < to).toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && span.from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, span.to) }
    else merged.push(span)
  }
  return merged
}

/** What of `spans` is in none of `holes`. */
export function subtract(spans: readonly Span[], holes: readonly Span[]): Span[] {
  let left = [...spans]
  for (const hole of holes) {
    left = left.flatMap((span) =>
      overlaps(span, hole)
        ? [
            { from: span.from, to: hole.from },
            { from: hole.to, to: span.to },
          ].filter(({ from, to }) => from < to)
        : span,
    )
  }
  return left
}

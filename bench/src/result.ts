/** One line of the table. */
export interface Result {
  readonly id: string
  readonly what: string
  /** For a person, with its unit. */
  readonly value: string
  /** Multiple of the yardstick, where the goal is one. */
  readonly multiple?: string
  /** Section 9 of the architecture; absent where it sets none. */
  readonly goal?: string
  readonly met?: boolean
  /** Where the time goes, and what must be known to read the value. */
  readonly notes?: readonly string[]
  /** The numbers behind it. */
  readonly data?: unknown
}

const HEAD = ['what', 'value', 'x yardstick', 'goal', ''] as const

/** The results as a Markdown table with notes under it. */
export function tableOf(results: readonly Result[]): string {
  const rows = [
    [...HEAD],
    ...results.map(({ what, value, multiple = '', goal = '', met }) => [
      what,
      value,
      multiple,
      goal,
      met === undefined ? '' : met ? 'met' : 'MISSED',
    ]),
  ]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head, ...body] = rows
  const notes = results.flatMap(({ id, notes: lines = [] }) => lines.map((note) => `- ${id}: ${note}`))
  return [
    line(head ?? []),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...body.map(line),
    '',
    ...notes,
  ].join('\n')
}

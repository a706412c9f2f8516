/** One series of a scrape. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** Reads what `/metrics` answers, in the text format of Prometheus. */
export const seriesOf = (text: string): Series[] =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = LINE.exec(line) ?? []
    if (name === undefined) return []
    const pairs = [...labels.matchAll(LABEL)].map(([, label = '', content = '']) => [label, content])
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })

/** Asks an ops port. */
export async function scrape(opsUrl: string): Promise<Series[]> {
  const response = await fetch(`${opsUrl}/metrics`, { signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`)
  return seriesOf(await response.text())
}

/** The values of one metric by the value of one of its labels. */
export const valuesBy = (series: readonly Series[], name: string, label: string): Record<string, number> =>
  Object.fromEntries(series.filter((one) => one.name === name).map(({ labels, value }) => [labels[label] ?? '', value]))

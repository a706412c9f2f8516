/** The values of a label: a list, or in words what bounds them where the code cannot list them. Never a person's. */
export type LabelValues = readonly string[] | string

/** A metric before anything is measured: for the code that measures, for docs/metrics.md, and for the test of its labels. */
export interface MetricDefinition<
  L extends Readonly<Record<string, LabelValues>> = Readonly<Record<string, LabelValues>>,
> {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** By Prometheus's conventions: base unit last, `_total` for a counter. */
  readonly name: string
  readonly help: string
  readonly labels: L
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[]
}

/** Keeps the literal types of names and labels. */
export const defineMetrics = <const M extends Readonly<Record<string, MetricDefinition>>>(metrics: M): M => metrics

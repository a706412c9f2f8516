import { parser } from '@prometheus-io/lezer-promql'

/** What Grafana puts in place of its variables before it asks; any valid value will do for reading. */
const VARIABLES: Readonly<Record<string, string>> = { $__rate_interval: '5m', $__range: '1h', $__interval: '1m' }

/** The expression with Grafana's own variables replaced. `$service` and the like stand in quotes and may stay. */
export const withoutVariables = (expr: string, values = VARIABLES): string =>
  expr.replaceAll(/\$__[a-z_]+/g, (name) => values[name] ?? name)

export interface Read {
  /** Every series that it asks for. */
  readonly metrics: readonly string[]
  /** Whether Prometheus's own grammar takes it. */
  readonly valid: boolean
}

/** Reads PromQL as Prometheus's own web page does. */
export function readPromql(expr: string): Read {
  const metrics: string[] = []
  let valid = true
  parser.parse(expr).iterate({
    enter(node) {
      if (node.type.isError) valid = false
      if (node.name === 'Identifier' && node.node.parent?.name === 'VectorSelector')
        metrics.push(expr.slice(node.from, node.to))
    },
  })
  return { metrics, valid }
}

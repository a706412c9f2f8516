import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export const prometheusDir = new URL('../../observability/prometheus/', import.meta.url)

export interface Alert {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity?: string }
  readonly annotations: { readonly summary?: string; readonly description?: string; readonly runbook_url?: string }
}

export interface Recording {
  readonly record: string
  readonly expr: string
}

const rulesOf = <R>(file: string): R[] =>
  (parse(readFileSync(new URL(file, prometheusDir), 'utf8')) as { groups: { rules: R[] }[] }).groups.flatMap(
    (group) => group.rules,
  )

/** The alerts of deploy/observability, in their order. */
export const alerts = (): Alert[] => rulesOf<Alert>('alerts.yml')

/** What Prometheus records, in its order. */
export const recordings = (): Recording[] => rulesOf<Recording>('recording.yml')

export const recordedSeries = (): string[] => recordings().map(({ record }) => record)

const THRESHOLD = /(?<!bool )([<>]=?) ([\d.]+)/g

/**
 * The expression with one threshold (the number after a comparison) ten times as high, once for each; a zero becomes a
 * thousand.
 */
export const tenfold = (expr: string): string[] =>
  [...expr.matchAll(THRESHOLD)].map((match) => {
    const [whole, sign = '', value = ''] = match
    const higher = `${sign} ${Number(value) * 10 || 1000}`
    return expr.slice(0, match.index) + higher + expr.slice(match.index + whole.length)
  })

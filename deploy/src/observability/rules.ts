import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export const prometheusDir = new URL('../../observability/prometheus/', import.meta.url)

export interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity?: string }
  readonly annotations: { readonly summary?: string; readonly runbook_url?: string }
}

/** The alerts of deploy/observability, in their order. */
export function alerts(): Alert[] {
  const file = parse(readFileSync(new URL('alerts.yml', prometheusDir), 'utf8')) as { groups: { rules: Alert[] }[] }
  return file.groups.flatMap((group) => group.rules)
}

/** The alert with each threshold (the number after a comparison) ten times as high; a zero becomes a thousand. */
export const tenfold = (expr: string): string =>
  expr.replace(
    /(?<!bool )([<>]=?) ([\d.]+)/g,
    (_, sign: string, value: string) => `${sign} ${Number(value) * 10 || 1000}`,
  )

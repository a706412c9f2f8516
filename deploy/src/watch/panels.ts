import { readdirSync, readFileSync } from 'node:fs'
import type { DashboardJson } from '../dashboards/check.ts'
import { withoutVariables } from '../observability/promql.ts'
import { recordings } from '../observability/rules.ts'
import type { Watchers } from './watchers.ts'

const FOLDER = new URL('../../observability/grafana/dashboards/', import.meta.url)
/** What Grafana would put in, for scrapes of two seconds and a view of the last minutes. */
const TIMES = { $__rate_interval: '1m', $__range: '15m' }

/** Panels that stay empty on a healthy laptop, each with why. */
export const EMPTY: Readonly<Record<string, string>> = {
  'database/Newest backup': 'CloudNativePG runs no Postgres here',
  'database/Replication': 'CloudNativePG runs no Postgres here',
  'overview/What fires': 'nothing fires; asked again when something does',
}

export interface Question {
  /** Dashboard and panel, or `recorded` and the series. */
  readonly name: string
  readonly expr: string
}

/** Every query of every committed dashboard, as Grafana would ask it, and every recorded series. */
export function questions(): Question[] {
  const ofPanels = readdirSync(FOLDER).flatMap((file) => {
    const { panels = [] } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as DashboardJson
    return panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr = '' }) => ({
        name: `${file.replace('.json', '')}/${title}`,
        expr: withoutVariables(expr, TIMES).replaceAll(/\$(service|route)\b/g, '.*'),
      })),
    )
  })
  return [...ofPanels, ...recordings().map(({ record }) => ({ name: `recorded/${record}`, expr: record }))]
}

/** Which of the questions have no answer yet: no series, or none that is a number. */
export async function unanswered(watchers: Watchers, asked: readonly Question[]): Promise<Question[]> {
  const open: Question[] = []
  for (const question of asked) {
    const samples = await watchers.query(question.expr)
    if (samples.every(({ value }) => Number.isNaN(Number(value[1])))) open.push(question)
  }
  return open
}

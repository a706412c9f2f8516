import { existsSync } from 'node:fs'
import { readPromql, withoutVariables } from '../observability/promql.ts'
import { RUNBOOKS } from './names.ts'

/** What of Grafana's JSON is looked at. */
export interface DashboardJson {
  uid?: string
  title?: string
  description?: string
  templating?: { list?: { name: string }[] }
  panels?: PanelJson[]
}

/** Rows are among them. */
export interface PanelJson {
  id?: number
  type: string
  title?: string
  description?: string
  fieldConfig?: { defaults?: { unit?: string } }
  datasource?: { uid?: string }
  links?: { title?: string; url?: string }[]
  targets?: { refId?: string; expr?: string }[]
}

const DOCS = new URL('../../../docs/runbooks', import.meta.url).href

/** Says in a line each what is wrong with dashboards as Grafana would read them: ids, units, words, links, queries. */
export function problemsOf(dashboards: readonly DashboardJson[], metrics: ReadonlySet<string>): string[] {
  return [
    ...twice(dashboards.map(({ uid }) => uid ?? '')).map((uid) => `two dashboards are called ${uid}`),
    ...twice(dashboards.map(({ title }) => title ?? '')).map((title) => `two dashboards have the title ${title}`),
    ...dashboards.flatMap((dashboard) => ofOne(dashboard, metrics).map((problem) => `${dashboard.title}: ${problem}`)),
  ]
}

function ofOne(dashboard: DashboardJson, metrics: ReadonlySet<string>): string[] {
  const panels = dashboard.panels ?? []
  const variables = new Set((dashboard.templating?.list ?? []).map(({ name }) => name))
  const shown = panels.filter(({ type }) => type !== 'row')
  return [
    ...(/^wellgate-[a-z-]+$/.test(dashboard.uid ?? '') ? [] : [`its uid is ${dashboard.uid}`]),
    ...(dashboard.description ? [] : ['it does not say what it is for']),
    ...(shown.length > 0 ? [] : ['it shows nothing']),
    ...twice(panels.map(({ id }) => String(id ?? ''))).map((id) => `two panels have the id ${id}`),
    ...shown.flatMap((panel) => ofPanel(panel, variables, metrics).map((problem) => `${panel.title}: ${problem}`)),
  ]
}

function ofPanel(panel: PanelJson, variables: ReadonlySet<string>, metrics: ReadonlySet<string>): string[] {
  const targets = panel.targets ?? []
  return [
    ...(panel.title ? [] : ['it has no title']),
    ...(panel.description?.endsWith('.') ? [] : ['it does not say what it shows']),
    ...(panel.fieldConfig?.defaults?.unit ? [] : ['it has no unit']),
    ...(panel.datasource?.uid === '${datasource}' ? [] : ['its data comes from a fixed place']),
    ...(targets.length > 0 ? [] : ['it asks nothing']),
    ...twice(targets.map(({ refId }) => refId ?? '')).map((refId) => `two queries are called ${refId}`),
    ...(panel.links ?? []).flatMap(({ url = '' }) => {
      const page = url.startsWith(`${RUNBOOKS}/`) ? url.slice(RUNBOOKS.length) : undefined
      return page !== undefined && existsSync(new URL(DOCS + page)) ? [] : [`nothing is at ${url}`]
    }),
    ...targets.flatMap(({ expr = '' }) => ofQuery(expr, variables, metrics)),
  ]
}

function ofQuery(expr: string, variables: ReadonlySet<string>, metrics: ReadonlySet<string>): string[] {
  const read = readPromql(withoutVariables(expr))
  const used = [...withoutVariables(expr).matchAll(/\$(\w+)/g)].map(([, name = '']) => name)
  return [
    ...(read.valid ? [] : [`not PromQL: ${expr}`]),
    ...(read.metrics.length > 0 ? [] : [`asks for no metric: ${expr}`]),
    ...read.metrics.filter((name) => !metrics.has(name)).map((name) => `nobody measures ${name}`),
    ...used.filter((name) => !variables.has(name)).map((name) => `there is no variable ${name}`),
  ]
}

const twice = (values: readonly string[]): string[] => [
  ...new Set(values.filter((value, at) => values.indexOf(value) !== at)),
]

import type { MetricDefinition } from '@wellgate/shared/observability/metric-definition'
import { metricSections } from '../../../scripts/docs/metrics.ts'
import { graph, type PanelPart, type Unit } from './panels.ts'
import { highest, perSecond, quantile } from './promql.ts'

const keyOf = (name: string): string => name.toLowerCase().replaceAll('-', ' ')

/** What only this service measures, a panel each, as its definitions say. None where it measures nothing of its own. */
export const ownMetrics = (service: string): PanelPart[] => {
  const own = metricSections.find(([title]) => keyOf(title) === keyOf(service))?.[1] ?? {}
  return Object.values(own).map((metric) => panelOf(service, metric))
}

function panelOf(service: string, { name, type, help, labels }: MetricDefinition): PanelPart {
  const by = Object.keys(labels).join(', ') || 'service'
  const legend = Object.keys(labels)
    .map((label) => `{{${label}}}`)
    .join(' ')
  const selector = `service="${service}"`
  const exprs = {
    counter: perSecond(name, by, selector),
    gauge: highest(name, by, selector),
    histogram: quantile(0.95, name, by, selector),
  }
  return graph({ title: titleOf(name), description: help, unit: unitOf(name, type) }, [
    exprs[type],
    legend || titleOf(name),
  ])
}

const titleOf = (name: string): string => {
  const words = name.replace(/^wellgate_/, '').replace(/_(total|seconds|minor)$/, '')
  return words.charAt(0).toUpperCase() + words.slice(1).replaceAll('_', ' ')
}

const unitOf = (name: string, type: MetricDefinition['type']): Unit => {
  if (type === 'counter') return 'cps'
  if (name.endsWith('_seconds')) return 's'
  return name.endsWith('_bytes') ? 'bytes' : 'short'
}

import { createMetrics } from '@wellgate/shared/observability/metrics'
import { metricSections } from '../../../scripts/docs/metrics.ts'
import { recordedSeries } from './rules.ts'

/** Of others: Prometheus itself, cert-manager, CloudNativePG. */
const OF_OTHERS = [
  'up',
  'ALERTS',
  'certmanager_certificate_expiration_timestamp_seconds',
  'cnpg_collector_last_available_backup_timestamp',
  'cnpg_pg_replication_lag',
]

const PARTS = { histogram: ['_bucket', '_sum', '_count'], summary: ['', '_sum', '_count'], counter: [''], gauge: [''] }

/** Every name that a rule or a panel may ask for. */
export async function knownMetrics(): Promise<ReadonlySet<string>> {
  const ours = metricSections.flatMap(([, metrics]) => Object.values(metrics))
  const { registry } = createMetrics('any', { process: true })
  const ofNode = await registry.getMetricsAsJSON()
  return new Set([
    ...ours.flatMap(({ name, type }) => PARTS[type].map((part) => `${name}${part}`)),
    ...ofNode.flatMap(({ name, type }) => PARTS[String(type) as keyof typeof PARTS].map((part) => `${name}${part}`)),
    ...recordedSeries(),
    ...OF_OTHERS,
  ])
}

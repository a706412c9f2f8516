import type { ServiceName } from '@wellgate/shared/contracts/services'
import { dashboardOf, type Row } from './dashboard.ts'
import { ownMetrics } from './own-metrics.ts'
import { graph } from './panels.ts'
import { highest, perSecond, quantile } from './promql.ts'
import { queues, requests, saturation } from './rows.ts'

const SECONDS = 'http_request_duration_seconds'

/** One service: routes, what it runs out of, its events and keys, and what only it measures. The same for each. */
export function serviceDashboard(service: ServiceName) {
  const of = `service="${service}"`
  const ofRoute = `${of}, route=~"$route"`
  const own = ownMetrics(service)
  return dashboardOf({
    uid: `wellgate-${service}`,
    title: `Wellgate: ${service}`,
    description: `The ${service} service: its routes, what it runs out of, and what only it measures.`,
    tag: 'service',
    from: 'now-3h',
    variables: [{ name: 'route', label: 'Route', query: `label_values(${SECONDS}_count{${of}}, route)` }],
    rows: [
      requests('route', '{{route}}', ofRoute),
      answers(ofRoute),
      ...(own.length > 0 ? [{ title: 'Its own', panels: own }] : []),
      saturation('service', '{{service}}', of),
      ...(service === 'gateway' ? [] : [connections(of), queues('', of), keys(of), jobs(of)]),
    ],
  })
}

const answers = (ofRoute: string): Row => ({
  title: 'Answers',
  panels: [
    graph(
      {
        title: 'How long they take',
        description: 'Quantiles of all chosen routes together.',
        unit: 's',
        runbook: 'SlowRequests',
      },
      ...[0.5, 0.95, 0.99].map((q) => [quantile(q, SECONDS, '', ofRoute), `p${q * 100}`] as const),
    ),
    graph({ title: 'By class', description: 'Answers a second by class of status.', unit: 'reqps' }, [
      perSecond(`${SECONDS}_count`, 'status_class', ofRoute),
      '{{status_class}}',
    ]),
    graph(
      {
        title: 'Problems',
        description: 'Answers a second that were problems of this process, by code.',
        unit: 'reqps',
      },
      [perSecond('wellgate_problems_total', 'code', ofRoute), '{{code}}'],
    ),
  ],
})

const connections = (of: string): Row => ({
  title: 'Database',
  panels: [
    graph(
      {
        title: 'Connections in use',
        description: 'Of the process with most, beside how many it may open.',
        unit: 'short',
        runbook: 'PoolIsExhausted',
      },
      [
        `max by (pool) (wellgate_db_pool_connections{${of}, state="total"} - on (instance, pool) wellgate_db_pool_connections{${of}, state="idle"})`,
        '{{pool}}',
      ],
      [highest('wellgate_db_pool_max_connections', 'pool', of), '{{pool}} at most'],
    ),
    graph(
      {
        title: 'Wait for a connection',
        description: 'Callers without one, of the process with most.',
        unit: 'short',
        limits: [1, 5],
        runbook: 'PoolIsExhausted',
      },
      [highest('wellgate_db_pool_connections', 'pool', `${of}, state="waiting"`), '{{pool}}'],
    ),
    graph(
      {
        title: 'Audit',
        description: 'How long a batch of entries takes to be durable; the answers wait for it.',
        unit: 's',
        runbook: 'AuditWaits',
      },
      ...[0.5, 0.99].map((q) => [quantile(q, 'wellgate_audit_write_seconds', '', of), `p${q * 100}`] as const),
    ),
  ],
})

const keys = (of: string): Row => ({
  title: 'Keys',
  panels: [
    graph(
      { title: 'Sealed and opened', description: 'Values a second.', unit: 'cps' },
      [perSecond('wellgate_seals_total', 'service', of), 'sealed'],
      [perSecond('wellgate_unseals_total', 'service', of), 'opened'],
      [perSecond('wellgate_unseal_failures_total', 'service', of), 'did not open'],
    ),
    graph(
      { title: 'Key store', description: 'Calls of the KMS a second, by outcome.', unit: 'cps', runbook: 'KmsFails' },
      [perSecond('wellgate_kms_operations_total', 'operation, result', of), '{{operation}} {{result}}'],
    ),
    graph(
      {
        title: 'Keys confirmed',
        description: 'Since the KMS last opened the service keys. At 300 s nothing is sealed or opened.',
        unit: 's',
        limits: [150, 300],
        runbook: 'KmsFails',
      },
      [highest('wellgate_service_keys_confirmed_age_seconds', 'service', of), 'confirmed'],
    ),
  ],
})

const jobs = (of: string): Row => ({
  title: 'Jobs',
  panels: [
    graph(
      {
        title: 'Since a job ended well',
        description: 'More than three times its interval and a quarter of an hour is an alert.',
        unit: 's',
        width: 12,
        runbook: 'JobStopped',
      },
      [`time() - ${highest('wellgate_job_last_success_timestamp_seconds', 'job_name', of)}`, '{{job_name}}'],
    ),
    graph(
      {
        title: 'Failed turns',
        description: 'A second, by job. None is normal.',
        unit: 'cps',
        width: 12,
        runbook: 'JobFails',
      },
      [perSecond('wellgate_job_runs_total', 'job_name', `${of}, result="failed"`), '{{job_name}}'],
    ),
  ],
})

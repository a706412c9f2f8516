import { dashboardOf, type Row } from './dashboard.ts'
import { ERROR_BUDGET } from './names.ts'
import { graph, stat, table } from './panels.ts'
import { highest } from './promql.ts'
import { queues, requests, saturation } from './rows.ts'

const firing = (severity: string) => `count(ALERTS{alertstate="firing", severity="${severity}"}) or vector(0)`
const burn = (window: string) => `wellgate:slo_errors:ratio_rate${window} / ${ERROR_BUDGET}`

const now: Row = {
  title: 'Now',
  panels: [
    stat({ title: 'Pages', description: 'Alerts that wake somebody.', unit: 'none', limits: [1, 1] }, [
      firing('page'),
      'pages',
    ]),
    stat({ title: 'Tickets', description: 'Alerts that wait for the morning.', unit: 'none', limits: [1, 10] }, [
      firing('ticket'),
      'tickets',
    ]),
    stat(
      {
        title: 'Services down',
        description: 'Services without a process that answers.',
        unit: 'none',
        limits: [1, 1],
        runbook: 'ServiceDown',
      },
      ['count(max by (service) (up{job="wellgate"}) < 1) or vector(0)', 'services'],
    ),
    stat(
      {
        title: 'Services not asked',
        description: 'Services whose breaker at the gateway is open.',
        unit: 'none',
        limits: [1, 1],
        runbook: 'UpstreamBreakerOpen',
      },
      ['count(max by (upstream) (wellgate_upstream_breaker_open) > 0) or vector(0)', 'services'],
    ),
    stat(
      {
        title: 'Failed, of the last hour',
        description:
          'Share of requests at the gateway that were answered with 5xx or by half an answer. 0.05 % is the objective.',
        unit: 'percentunit',
        limits: [0.0005, 0.0072],
        runbook: 'ErrorBudgetBurnsFast',
      },
      ['wellgate:slo_errors:ratio_rate1h', 'failed'],
    ),
    stat(
      {
        title: 'Budget spent, of 30 days',
        description: 'Share of the error budget that is gone; 100 % is all of it.',
        unit: 'percentunit',
        limits: [0.5, 1],
        runbook: 'ErrorBudgetBurnsSlowly',
      },
      [burn('30d'), 'spent'],
    ),
    table(
      {
        title: 'What fires',
        description: 'Alerts by name and service; the runbooks are in docs/runbooks.',
        unit: 'none',
      },
      ['sum by (alertname, severity, service, group) (ALERTS{alertstate="firing"})', ''],
    ),
    graph(
      {
        title: 'Burn',
        description:
          'How many times as fast as it lasts the error budget goes. 14.4 for an hour is a page, 1 for days a ticket.',
        unit: 'short',
        width: 12,
        limits: [1, 14.4],
        runbook: 'ErrorBudgetBurnsFast',
      },
      ...['5m', '1h', '6h', '3d'].map((window) => [burn(window), window] as const),
    ),
  ],
}

const pools: Row = {
  title: 'Connections',
  panels: [
    graph(
      {
        title: 'Wait for a connection',
        description: 'Callers without a connection, of the process with most.',
        unit: 'short',
        limits: [1, 5],
        runbook: 'PoolIsExhausted',
      },
      [highest('wellgate_db_pool_connections', 'service, pool', 'state="waiting"'), '{{pool}}'],
    ),
    graph(
      {
        title: 'Checks',
        description: 'Whether any process of a service reaches its database and the broker: 1, or 0.',
        unit: 'none',
        runbook: 'DependencyDown',
      },
      [highest('wellgate_check_ok', 'service, check'), '{{service}} {{check}}'],
    ),
    graph(
      {
        title: 'Audit entries that wait',
        description: 'No answer leaves before its entry is durable.',
        unit: 'short',
        limits: [100, 500],
        runbook: 'AuditWaits',
      },
      [highest('wellgate_audit_waiting', 'service'), '{{service}}'],
    ),
  ],
}

/** For whoever is on call: what is wrong, how bad it is, and where. */
export const overview = dashboardOf({
  uid: 'wellgate-overview',
  title: 'Wellgate: overview',
  description: 'What is wrong, how bad it is, and where. Each service has a dashboard of its own.',
  tag: 'operations',
  from: 'now-3h',
  rows: [now, requests('service', '{{service}}'), queues('service'), saturation('service', '{{service}}'), pools],
})

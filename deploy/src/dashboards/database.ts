import { dashboardOf } from './dashboard.ts'
import { graph } from './panels.ts'
import { highest, perSecond, quantile } from './promql.ts'

const of = 'service=~"$service"'
const inUse = (by: string) =>
  `sum by (${by}) (wellgate_db_pool_connections{${of}, state="total"} - on (instance, pool, service) wellgate_db_pool_connections{${of}, state="idle"})`

/** Postgres as the services see it, and what its operator says of it. */
export const database = dashboardOf({
  uid: 'wellgate-database',
  title: 'Wellgate: database',
  description: 'Postgres as the services see it: connections, how long audit entries take, jobs; and its backups.',
  tag: 'operations',
  from: 'now-6h',
  variables: [{ name: 'service', label: 'Service', query: 'label_values(wellgate_db_pool_connections, service)' }],
  rows: [
    {
      title: 'Connections',
      panels: [
        graph(
          {
            title: 'Open',
            description: 'Connections of all processes together; max_connections bounds their sum.',
            unit: 'short',
          },
          [`sum by (service, pool) (wellgate_db_pool_connections{${of}, state="total"})`, '{{pool}}'],
        ),
        graph(
          {
            title: 'In use',
            description: 'Connections that are lent to somebody.',
            unit: 'short',
            runbook: 'PoolIsExhausted',
          },
          [inUse('service, pool'), '{{pool}}'],
        ),
        graph(
          {
            title: 'Pools that are used up',
            description: 'Share of what a pool may open that is in use, of all processes together.',
            unit: 'percentunit',
            limits: [0.7, 0.9],
            runbook: 'PoolIsExhausted',
          },
          [`${inUse('service, pool')} / sum by (service, pool) (wellgate_db_pool_max_connections{${of}})`, '{{pool}}'],
        ),
        graph(
          {
            title: 'Wait for a connection',
            description: 'Callers without one, of the process with most.',
            unit: 'short',
            limits: [1, 5],
            runbook: 'PoolIsExhausted',
          },
          [highest('wellgate_db_pool_connections', 'service, pool', `${of}, state="waiting"`), '{{pool}}'],
        ),
        graph(
          {
            title: 'Reached',
            description: 'Whether any process of a service reaches its database: 1, or 0.',
            unit: 'none',
            runbook: 'DependencyDown',
          },
          [highest('wellgate_check_ok', 'service', `${of}, check="database"`), '{{service}}'],
        ),
      ],
    },
    {
      title: 'Writes',
      panels: [
        graph(
          {
            title: 'Audit, slowest in a hundred',
            description: 'p99 of how long a batch of entries takes to be durable: what a commit costs.',
            unit: 's',
            limits: [0.05, 0.5],
            runbook: 'AuditWaits',
          },
          [quantile(0.99, 'wellgate_audit_write_seconds', 'service', of), '{{service}}'],
        ),
        graph({ title: 'Audit entries', description: 'A second.', unit: 'cps' }, [
          perSecond('wellgate_audit_entries_total', 'service', of),
          '{{service}}',
        ]),
        graph(
          {
            title: 'Audit entries rejected',
            description: 'A second: not durable in time, or refused. Their requests were answered 503. None is normal.',
            unit: 'cps',
            runbook: 'AuditGap',
          },
          [perSecond('wellgate_audit_rejected_total', 'service', of), '{{service}}'],
        ),
      ],
    },
    {
      title: 'CloudNativePG',
      panels: [
        graph(
          {
            title: 'Newest backup',
            description: 'Its age. Only where CloudNativePG runs Postgres; a managed database has its own.',
            unit: 's',
            width: 12,
            limits: [90_000, 129_600],
            runbook: 'BackupIsOld',
          },
          ['time() - max by (cluster) (cnpg_collector_last_available_backup_timestamp)', '{{cluster}}'],
        ),
        graph(
          {
            title: 'Replication',
            description: 'How far the standbys are behind. Only where CloudNativePG runs Postgres.',
            unit: 's',
            width: 12,
          },
          ['max by (pod) (cnpg_pg_replication_lag)', '{{pod}}'],
        ),
      ],
    },
  ],
})

import { defineMetrics } from './metric-definition.ts'

const ROUTE = 'templates of the contracts, or `unmatched`'
const GROUP = 'consumer groups: the service and `<service>.access`'
const LANE = ['default', 'access']
// Not `job`: that is Prometheus's own name for what it scrapes.
const JOB_NAME = 'names of the jobs in the code'
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]
const EVENT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600]

/** What the platform measures in every service; the label `service` is on each. */
export const platformMetrics = defineMetrics({
  build: {
    type: 'gauge',
    name: 'wellgate_build_info',
    help: 'Always 1; the label says which version runs.',
    labels: { version: 'the version of the build' },
  },
  checks: {
    type: 'gauge',
    name: 'wellgate_check_ok',
    help: 'Whether a check of /readyz passed when it was last asked (1) or not (0).',
    labels: { check: ['database', 'transport'] },
  },
  requests: {
    type: 'histogram',
    name: 'http_request_duration_seconds',
    help: 'From the first byte of the request until the answer was handed to the network; `cut` is one that a service broke off half way, whatever its status.',
    labels: {
      route: ROUTE,
      method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'],
      status_class: ['1xx', '2xx', '3xx', '4xx', '5xx', 'cut'],
    },
    buckets: REQUEST_SECONDS,
  },
  problems: {
    type: 'counter',
    name: 'wellgate_problems_total',
    help: 'Answers that were problems of this process, by their code.',
    labels: { route: ROUTE, code: 'problem codes of the platform and the service' },
  },
  pool: {
    type: 'gauge',
    name: 'wellgate_db_pool_connections',
    help: 'Connections of the database pool by state; waiting counts callers without one.',
    labels: { pool: 'the service, and `<service>-keys`', state: ['total', 'idle', 'waiting'] },
  },
  poolMax: {
    type: 'gauge',
    name: 'wellgate_db_pool_max_connections',
    help: 'Connections that the pool may open.',
    labels: { pool: 'the service, and `<service>-keys`' },
  },
  outboxDepth: {
    type: 'gauge',
    name: 'wellgate_outbox_depth',
    help: 'Events waiting in the outbox, counted to 100,000; each process tells all of it.',
    labels: { lane: LANE },
  },
  outboxAge: {
    type: 'gauge',
    name: 'wellgate_outbox_oldest_age_seconds',
    help: 'Age of the oldest event waiting in the outbox; 0 without one.',
    labels: { lane: LANE },
  },
  published: {
    type: 'counter',
    name: 'wellgate_events_published_total',
    help: 'Events that the broker took.',
    labels: { lane: LANE },
  },
  refused: {
    type: 'counter',
    name: 'wellgate_publish_failures_total',
    help: 'Batches that the broker did not take; they are sent again.',
    labels: { lane: LANE },
  },
  handled: {
    type: 'counter',
    name: 'wellgate_events_handled_total',
    help: 'Events by what became of them.',
    labels: {
      type: 'event types of the contracts, `unknown` or `invalid`',
      result: ['handled', 'duplicate', 'parked', 'parked-behind', 'ignored'],
    },
  },
  handling: {
    type: 'histogram',
    name: 'wellgate_event_handling_seconds',
    help: 'From the receipt of an event until its outcome, retries included.',
    labels: { group: GROUP },
    buckets: EVENT_SECONDS,
  },
  delay: {
    type: 'histogram',
    name: 'wellgate_event_delay_seconds',
    help: "From an event's own time, at its producer, until its effect was committed here.",
    labels: { group: GROUP },
    buckets: EVENT_SECONDS,
  },
  duplicates: {
    type: 'counter',
    name: 'wellgate_inbox_duplicates_total',
    help: 'Events that came again and had no second effect.',
    labels: { group: GROUP },
  },
  lag: {
    type: 'gauge',
    name: 'wellgate_consumer_lag',
    help: 'Events the group has not read; each process tells all of it.',
    labels: { group: GROUP, topic: 'topics of the contracts' },
  },
  parked: {
    type: 'gauge',
    name: 'wellgate_parked_events',
    help: 'Events set aside, with those behind them.',
    labels: { group: GROUP },
  },
  parkedAge: {
    type: 'gauge',
    name: 'wellgate_parked_oldest_age_seconds',
    help: 'Since the oldest parked event was set aside; 0 without one.',
    labels: { group: GROUP },
  },
  seals: { type: 'counter', name: 'wellgate_seals_total', help: 'Values sealed.', labels: {} },
  unseals: { type: 'counter', name: 'wellgate_unseals_total', help: 'Values opened.', labels: {} },
  unsealFailures: {
    type: 'counter',
    name: 'wellgate_unseal_failures_total',
    help: 'Sealed values that did not open.',
    labels: {},
  },
  dataKeyLoads: {
    type: 'counter',
    name: 'wellgate_data_key_loads_total',
    help: 'Patients whose data keys were read and unwrapped.',
    labels: {},
  },
  dataKeyChanges: {
    type: 'counter',
    name: 'wellgate_data_key_changes_total',
    help: "Patients' data keys made (first or next version) and deleted for good.",
    labels: { change: ['made', 'shredded'] },
  },
  kms: {
    type: 'counter',
    name: 'wellgate_kms_operations_total',
    help: 'Calls of the KMS by outcome.',
    labels: { operation: ['wrap', 'unwrap'], result: ['ok', 'unknown-key', 'refused', 'unavailable', 'failed'] },
  },
  serviceKeysConfirmed: {
    type: 'gauge',
    name: 'wellgate_service_keys_confirmed_age_seconds',
    help: 'Since the KMS last opened the service keys; at 300 the service stops sealing and opening.',
    labels: {},
  },
  serviceKeyAge: {
    type: 'gauge',
    name: 'wellgate_service_key_age_seconds',
    help: 'Age of the service key in use.',
    labels: { purpose: ['data', 'index'] },
  },
  heartbeatAge: {
    type: 'gauge',
    name: 'wellgate_access_heartbeat_age_seconds',
    help: 'Since the last access heartbeat was handled; NaN when none ever was.',
    labels: {},
  },
  auditWaiting: {
    type: 'gauge',
    name: 'wellgate_audit_waiting',
    help: 'Audit entries that wait to become durable.',
    labels: {},
  },
  auditWrite: {
    type: 'histogram',
    name: 'wellgate_audit_write_seconds',
    help: 'From the start of a batch of audit entries until it is durable.',
    labels: {},
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2],
  },
  auditEntries: {
    type: 'counter',
    name: 'wellgate_audit_entries_total',
    help: 'Audit entries that are durable.',
    labels: {},
  },
  auditRejected: {
    type: 'counter',
    name: 'wellgate_audit_rejected_total',
    help: 'Audit entries that were not durable in time, were refused by the table or came while too many wait: each request was answered 503. A batch that is sent again and written in time is none.',
    labels: {},
  },
  jobRuns: {
    type: 'counter',
    name: 'wellgate_job_runs_total',
    help: 'Turns of a recurring job.',
    labels: { job_name: JOB_NAME, result: ['done', 'failed'] },
  },
  jobSuccess: {
    type: 'gauge',
    name: 'wellgate_job_last_success_timestamp_seconds',
    help: 'When a recurring job last ended well.',
    labels: { job_name: JOB_NAME },
  },
  jobInterval: {
    type: 'gauge',
    name: 'wellgate_job_interval_seconds',
    help: 'From the end of a turn of a recurring job until its next; each process tells of all jobs, also of those it does not run.',
    labels: { job_name: JOB_NAME },
  },
  spans: {
    type: 'counter',
    name: 'wellgate_trace_spans_total',
    help: 'Spans that the collector took and that it did not.',
    labels: { result: ['sent', 'failed'] },
  },
})

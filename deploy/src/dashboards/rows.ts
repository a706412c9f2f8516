import type { Row } from './dashboard.ts'
import { graph } from './panels.ts'
import { failedShare, highest, perSecond, quantile, type Selector } from './promql.ts'

const SECONDS = 'http_request_duration_seconds'

/** Rate, errors and duration of requests, a line for each value of `by`. */
export const requests = (by: string, legend: string, selector: Selector = ''): Row => ({
  title: 'Requests',
  panels: [
    graph({ title: 'Requests', description: `Answers a second, by ${by}.`, unit: 'reqps' }, [
      perSecond(`${SECONDS}_count`, by, selector),
      legend,
    ]),
    graph(
      {
        title: 'Failed requests',
        description:
          'Share that was answered with 5xx or by half an answer. The objective is below 0.05 % at the gateway, over 30 days.',
        unit: 'percentunit',
        limits: [0.0005, 0.0072],
        runbook: 'ErrorBudgetBurnsFast',
      },
      [failedShare(by, selector), legend],
    ),
    graph(
      {
        title: 'Slowest in a hundred',
        description: 'p99 of the time from the first byte of a request until its answer was handed over.',
        unit: 's',
        limits: [1, 2],
        runbook: 'SlowRequests',
      },
      [quantile(0.99, SECONDS, by, selector), legend],
    ),
  ],
})

/** What a process runs out of first. */
export const saturation = (by: string, legend: string, selector: Selector = ''): Row => ({
  title: 'Saturation',
  panels: [
    graph(
      {
        title: 'Event loop',
        description: 'p99 of how late the busiest process runs what is due. Above 0.25 s it cannot answer in time.',
        unit: 's',
        limits: [0.1, 0.25],
        runbook: 'EventLoopIsBusy',
      },
      [highest('nodejs_eventloop_lag_p99_seconds', by, selector), legend],
    ),
    graph(
      {
        title: 'Heap',
        description: 'Of the largest process. A saw-tooth is normal; a line that only rises is a leak.',
        unit: 'bytes',
        limits: [115_343_360, 136_314_880],
        runbook: 'HeapIsFull',
      },
      [highest('nodejs_heap_size_used_bytes', by, selector), legend],
    ),
    graph({ title: 'Processor', description: 'Cores in use, of all processes together.', unit: 'short' }, [
      perSecond('process_cpu_seconds_total', by, selector),
      legend,
    ]),
    graph(
      {
        title: 'Memory',
        description: 'Resident memory of the largest process; the limit of a pod is 256 MiB.',
        unit: 'bytes',
      },
      [highest('process_resident_memory_bytes', by, selector), legend],
    ),
    graph(
      {
        title: 'Garbage collection',
        description: 'Seconds of each second that processes stand still to collect.',
        unit: 'percentunit',
      },
      [perSecond('nodejs_gc_duration_seconds_sum', by, selector), legend],
    ),
    graph(
      {
        title: 'Open files',
        description: 'File descriptors of the process with most; connections are among them.',
        unit: 'short',
      },
      [highest('process_open_fds', by, selector), legend],
    ),
  ],
})

/** Events on their way out of a service and into it. */
export const queues = (by: 'service' | '', selector: Selector = ''): Row => {
  const labels = (own: string) => (by === '' ? own : `${by}, ${own}`)
  const called = (own: string) => (by === '' ? own : `{{${by}}} ${own}`)
  return {
    title: 'Events',
    panels: [
      graph(
        {
          title: 'Oldest in the outbox',
          description: 'How long the oldest event waits to be published. Seconds are normal, minutes are not.',
          unit: 's',
          limits: [60, 300],
          runbook: 'OutboxIsOld',
        },
        [highest('wellgate_outbox_oldest_age_seconds', labels('lane'), selector), called('{{lane}}')],
      ),
      graph(
        { title: 'In the outbox', description: 'Events that wait to be published, counted to 100,000.', unit: 'short' },
        [highest('wellgate_outbox_depth', labels('lane'), selector), called('{{lane}}')],
      ),
      graph(
        {
          title: 'Not read yet',
          description: 'Events a consumer group has not read. It rises while a lot comes in and must fall again.',
          unit: 'short',
          limits: [100, 1_000],
          runbook: 'ConsumerLag',
        },
        [highest('wellgate_consumer_lag', 'group, topic', selector), '{{group}} {{topic}}'],
      ),
      graph(
        {
          title: 'Parked',
          description: 'Events set aside because handling them failed, with those behind them. None is normal.',
          unit: 'short',
          limits: [1, 1],
          runbook: 'ParkedEvents',
        },
        [highest('wellgate_parked_events', 'group', selector), '{{group}}'],
      ),
      graph(
        {
          title: 'From cause to effect',
          description: "p95 from an event's own time, at its producer, until its effect was committed.",
          unit: 's',
          runbook: 'ConsumerStopped',
        },
        [quantile(0.95, 'wellgate_event_delay_seconds', 'group', selector), '{{group}}'],
      ),
      graph(
        {
          title: 'Access heartbeat',
          description: 'Since the last one was heard. At 30 s a service refuses what needs a log-in.',
          unit: 's',
          limits: [15, 30],
          runbook: 'AccessReplicaIsStale',
        },
        [highest('wellgate_access_heartbeat_age_seconds', 'service', selector), '{{service}}'],
      ),
    ],
  }
}

import { dashboardOf } from './dashboard.ts'
import { graph } from './panels.ts'
import { highest, perSecond, quantile } from './promql.ts'
import { queues } from './rows.ts'

const of = 'service=~"$service"'

/** The way of events: out of outboxes, through the broker, into consumers. */
export const events = dashboardOf({
  uid: 'wellgate-events',
  title: 'Wellgate: events',
  description: 'Out of outboxes, through the broker, into consumers. Each event has one effect in each group.',
  tag: 'operations',
  from: 'now-3h',
  variables: [{ name: 'service', label: 'Service', query: 'label_values(wellgate_outbox_depth, service)' }],
  rows: [
    queues('service', of),
    {
      title: 'Published',
      panels: [
        graph({ title: 'Published', description: 'Events a second that the broker took.', unit: 'cps', width: 12 }, [
          perSecond('wellgate_events_published_total', 'service, lane', of),
          '{{service}} {{lane}}',
        ]),
        graph(
          {
            title: 'Not taken',
            description: 'Batches a second that the broker did not take; they are sent again. None is normal.',
            unit: 'cps',
            width: 12,
            runbook: 'OutboxIsOld',
          },
          [perSecond('wellgate_publish_failures_total', 'service, lane', of), '{{service}} {{lane}}'],
        ),
      ],
    },
    {
      title: 'Handled',
      panels: [
        graph(
          {
            title: 'By outcome',
            description:
              'Events a second; ignored are of a type that nobody here wants (over Kafka: Postgres gives a group only what it wants).',
            unit: 'cps',
          },
          [perSecond('wellgate_events_handled_total', 'service, result', of), '{{service}} {{result}}'],
        ),
        graph({ title: 'By type', description: 'Events a second that had an effect.', unit: 'cps' }, [
          perSecond('wellgate_events_handled_total', 'type', `${of}, result="handled"`),
          '{{type}}',
        ]),
        graph(
          {
            title: 'Duplicates',
            description: 'Events a second that came again and had no second effect.',
            unit: 'cps',
          },
          [perSecond('wellgate_inbox_duplicates_total', 'group', of), '{{group}}'],
        ),
        graph(
          {
            title: 'Handling',
            description: 'p95 from the receipt of an event until its outcome, retries included.',
            unit: 's',
          },
          [quantile(0.95, 'wellgate_event_handling_seconds', 'group', of), '{{group}}'],
        ),
        graph(
          {
            title: 'Handled a second',
            description: 'By group. None while events wait is an alert.',
            unit: 'cps',
            runbook: 'ConsumerStopped',
          },
          [perSecond('wellgate_event_handling_seconds_count', 'group', of), '{{group}}'],
        ),
        graph(
          {
            title: 'Oldest parked',
            description: 'Since the oldest parked event was set aside; 0 without one.',
            unit: 's',
            runbook: 'ParkedEvents',
          },
          [highest('wellgate_parked_oldest_age_seconds', 'group', of), '{{group}}'],
        ),
      ],
    },
  ],
})

import { dashboardOf } from './dashboard.ts'
import { graph, stat } from './panels.ts'
import { grown, highest } from './promql.ts'

const inTime = (counter: string, selector: string) => `sum(increase(${counter}{${selector}}[$__range]))`
const hourly = (counter: string, by: string) => grown(counter, by, '1h')

/** For the clinic's manager: what patients do, in numbers of the chosen time. */
export const business = dashboardOf({
  uid: 'wellgate-business',
  title: 'Wellgate: the clinic',
  description:
    'Bookings, wait-list, log-ins, imports and money, in the chosen time. Numbers only, of nobody in particular.',
  tag: 'business',
  from: 'now-24h',
  rows: [
    {
      title: 'In the chosen time',
      panels: [
        stat({ title: 'Booked', description: 'Appointments.', unit: 'short' }, [
          inTime('wellgate_appointments_total', 'change="booked"'),
          'booked',
        ]),
        stat({ title: 'Did not come', description: 'Appointments marked as no-show.', unit: 'short' }, [
          inTime('wellgate_appointments_total', 'change="no-show"'),
          'no-show',
        ]),
        stat({ title: 'Offers', description: 'Freed times offered to somebody of the wait-list.', unit: 'short' }, [
          inTime('wellgate_wait_list_total', 'step="offered"'),
          'offered',
        ]),
        stat({ title: 'Payments', description: 'Payments that succeeded.', unit: 'short' }, [
          inTime('wellgate_payments_total', 'status="succeeded"'),
          'payments',
        ]),
        stat(
          {
            title: 'Overdue',
            description: 'Invoices past their day that are not paid, now.',
            unit: 'short',
            limits: [50, 500],
          },
          [highest('wellgate_invoices_overdue', 'service'), 'overdue'],
        ),
        stat(
          {
            title: 'Books',
            description: 'By how much debits and credits differ, in minor units. Anything but 0 is an alarm.',
            unit: 'none',
            limits: [1, 1],
            runbook: 'LedgerOutOfBalance',
          },
          [`abs(${highest('wellgate_ledger_imbalance_minor', 'service')})`, 'imbalance'],
        ),
      ],
    },
    {
      title: 'Visits',
      panels: [
        graph(
          {
            title: 'Appointments',
            description: 'In an hour: booked, moved, and brought to each status.',
            unit: 'short',
          },
          [hourly('wellgate_appointments_total', 'change'), '{{change}}'],
        ),
        graph(
          {
            title: 'Holds',
            description:
              'In an hour: held for ten minutes, then booked, given back, or lost because nobody booked in time.',
            unit: 'short',
          },
          [hourly('wellgate_holds_total', 'result'), '{{result}}'],
        ),
        graph(
          { title: 'Wait-list', description: 'In an hour: who joined, and what became of the offers.', unit: 'short' },
          [hourly('wellgate_wait_list_total', 'step'), '{{step}}'],
        ),
      ],
    },
    {
      title: 'People and records',
      panels: [
        graph(
          {
            title: 'Log-ins',
            description: 'In an hour. Refused are wrong passwords, limited came too often, failed is our fault.',
            unit: 'short',
            runbook: 'LogInFailures',
          },
          [hourly('wellgate_log_ins_total', 'result'), '{{result}}'],
        ),
        graph(
          { title: 'Accounts opened', description: 'In an hour, with a code from the front desk.', unit: 'short' },
          [hourly('wellgate_activations_total', 'result'), '{{result}}'],
        ),
        graph(
          {
            title: 'Imports',
            description: 'In an hour: files of other hospitals received, completed and failed.',
            unit: 'short',
            runbook: 'ImportsFail',
          },
          [hourly('wellgate_imports_total', 'state'), '{{state}}'],
        ),
      ],
    },
    {
      title: 'Money',
      panels: [
        graph(
          {
            title: 'Payments',
            description: 'In an hour. A declined card is a failed payment.',
            unit: 'short',
            runbook: 'PaymentsFail',
          },
          [hourly('wellgate_payments_total', 'status'), '{{status}}'],
          [grown('wellgate_refunds_total', 'status', '1h'), 'refund {{status}}'],
        ),
        graph({ title: 'Invoices', description: 'In an hour: issued, and not paid by their day.', unit: 'short' }, [
          hourly('wellgate_invoices_total', 'change'),
          '{{change}}',
        ]),
        graph(
          {
            title: 'Payments in doubt',
            description: 'Age of the oldest payment that the processor has not said it has; 0 without one.',
            unit: 's',
            limits: [600, 3_600],
            runbook: 'PaymentsHang',
          },
          [highest('wellgate_payments_unsettled_oldest_age_seconds', 'service', 'status="created"'), 'oldest'],
        ),
      ],
    },
  ],
})

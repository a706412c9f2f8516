import { appointmentsEvents } from './appointments/events.ts'
import { billingEvents } from './billing/events.ts'
import type { EventContract } from './event.ts'
import { identityEvents } from './identity/events.ts'
import { interopEvents } from './interop/events.ts'
import { patientsEvents } from './patients/events.ts'
import { recordsEvents } from './records/events.ts'

/** Every event of this release, for topics, grants and docs. */
export const allEvents: readonly EventContract[] = [
  ...identityEvents,
  ...patientsEvents,
  ...recordsEvents,
  ...interopEvents,
  ...appointmentsEvents,
  ...billingEvents,
]

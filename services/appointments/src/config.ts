import { serviceSlices } from '@wellgate/shared/runtime/config'

/** What every service with a database reads, and nothing of its own. */
export const appointmentsSlices = serviceSlices

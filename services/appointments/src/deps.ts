import type { Platform } from '@wellgate/shared/runtime/platform'
import type { BookingRepository } from './booking/booking-repository.ts'

/** What the use cases need. */
export type Deps = Pick<Platform, 'pool' | 'outbox' | 'now' | 'newId'> & { readonly bookings: BookingRepository }

import { waitListChanged } from '@wellgate/shared/contracts/appointments/events'
import { PatientId } from '@wellgate/shared/contracts/ids'
import { one } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Outbox } from '@wellgate/shared/messaging/outbox'
import * as sql from './wait-sql.ts'

export type Step = 'joined' | 'offered' | 'accepted' | 'declined' | 'expired' | 'left' | 'ended'

const STATUS = {
  offered: 'offered',
  accepted: 'booked',
  declined: 'waiting',
  expired: 'waiting',
  left: 'left',
  // Nothing was free in time.
  ended: 'left',
} as const

export interface Waiting {
  readonly id: string
  readonly patientId: string
  readonly start?: Date | null
  readonly expiresAt?: Date | null
}

/** Moves an entry by a step, and tells of it. */
export async function step(outbox: Outbox, tx: Tx, entry: Waiting, name: Step): Promise<void> {
  const version = name === 'joined' ? 1 : (await one(tx, sql.setWait, [entry.id, STATUS[name]])).version
  await outbox.append(tx, waitListChanged, {
    aggregateVersion: version,
    payload: {
      entryId: entry.id,
      patientId: PatientId.parse(entry.patientId),
      step: name,
      start: entry.start?.toISOString() ?? null,
      expiresAt: entry.expiresAt?.toISOString() ?? null,
    },
  })
}

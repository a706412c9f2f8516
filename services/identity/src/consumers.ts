import type { Received } from '@wellgate/shared/contracts/event'
import { patientChanged, patientRegistered } from '@wellgate/shared/contracts/patients/events'
import type { Tx } from '@wellgate/shared/db/tx'
import { handle, type EventHandler } from '@wellgate/shared/messaging/handlers'
import { learnPatient } from './activation/activation-repository.ts'
import { hashBirthDate } from './activation/code-hash.ts'
import type { Deps } from './deps.ts'

/** Who may be given an account, and by which birth date. */
export function identityConsumers(deps: Pick<Deps, 'blindIndex'>): EventHandler[] {
  const learn = async (tx: Tx, event: Received<typeof patientRegistered | typeof patientChanged>): Promise<void> => {
    const { patientId, birthDate } = event.payload
    await learnPatient(tx, {
      id: patientId,
      birthDateHash: hashBirthDate(deps, patientId, birthDate),
      version: event.aggregateVersion,
    })
  }
  return [handle(patientRegistered, learn), handle(patientChanged, learn)]
}

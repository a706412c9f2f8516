import type { Actor } from '@wellgate/shared/access/actor'
import type { Role } from '@wellgate/shared/contracts/access-rule'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'

export const hasRole = (actor: Actor, ...roles: readonly Role[]): boolean =>
  actor.roles.some(({ role }) => roles.includes(role))

/**
 * Lets on who may see what is a patient's where the path does not name them: the patient, billing, the desk.
 * @throws `not-found` for everyone else, as for what there is not
 */
export function requireReader(actor: Actor, patientId: string): void {
  if (actor.patientId !== patientId && !hasRole(actor, 'biller', 'front-desk'))
    throw platformErrors['not-found']({ deniedOf: patientId })
}

/** As {@link requireReader}, for who may pay for a patient or plan how: the patient and billing. */
export function requirePayer(actor: Actor, patientId: string): void {
  if (actor.patientId !== patientId && !hasRole(actor, 'biller'))
    throw platformErrors['not-found']({ deniedOf: patientId })
}

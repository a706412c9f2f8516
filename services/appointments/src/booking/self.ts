import type { Actor } from '@wellgate/shared/access/actor'
import type { Queryable } from '@wellgate/shared/db/query'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { isKnown } from '../patients/patient-repository.ts'

/** The patient that the caller is. @throws `not-found` for who is none, and for another's id, as for one that there is not */
export function self({ patientId }: Actor, named: string = 'me'): string {
  if (patientId === null || (named !== 'me' && named !== patientId)) throw platformErrors['not-found']()
  return patientId
}

const CARE_TEAM = new Set(['front-desk', 'clinician'])

/**
 * The patient whom free times are looked for: the one that is named, by default the caller; nobody for staff who name none.
 * @throws `not-found` where it is another, unless the care team asks; and for one that there is not
 */
export async function lookedFor(q: Queryable, actor: Actor, named: string | undefined): Promise<string | undefined> {
  if (named === undefined) return actor.patientId ?? undefined
  const careTeam = actor.roles.some(({ role }) => CARE_TEAM.has(role))
  if (named === 'me' || !careTeam) return self(actor, named)
  if (!(await isKnown(q, named))) throw platformErrors['not-found']()
  return named
}

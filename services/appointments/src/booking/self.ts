import type { Actor } from '@wellgate/shared/access/actor'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'

/** The patient that the caller is. @throws `not-found` for who is none, and for another's id, as for one that there is not */
export function self({ patientId }: Actor, named: string = 'me'): string {
  if (patientId === null || (named !== 'me' && named.toLowerCase() !== patientId)) throw platformErrors['not-found']()
  return patientId
}

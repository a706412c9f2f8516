import { FacilityId } from '@wellgate/shared/contracts/ids'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import type { FacilityRepository } from './facility-repository.ts'
import { isTimeZone } from './time-zone.ts'

/** Adds a facility. @throws `unknown-time-zone`; `facility-exists` */
export async function addFacility(
  deps: Pick<Deps, 'newId'>,
  facilities: FacilityRepository,
  facility: { name: string; timeZone: string },
): Promise<{ id: FacilityId }> {
  const { name, timeZone } = facility
  if (!isTimeZone(timeZone)) throw errors['unknown-time-zone']()
  const id = FacilityId.parse(deps.newId())
  if (!(await facilities.add({ id, name, timeZone }))) throw errors['facility-exists']()
  return { id }
}

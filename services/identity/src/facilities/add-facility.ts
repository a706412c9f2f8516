import { FacilityId } from '@wellgate/shared/contracts/ids'
import { type Tx, withTx } from '@wellgate/shared/db/tx'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { changed } from './facility-events.ts'
import { facilities, type Facility } from './facility-repository.ts'
import { assertTimeZone } from './time-zone.ts'

/** Adds a facility, and tells of it. @throws `unknown-time-zone`; `facility-exists` */
export async function addFacility(
  deps: Pick<Deps, 'pool' | 'outbox' | 'newId'>,
  { name, timeZone }: Omit<Facility, 'id'>,
): Promise<{ id: FacilityId }> {
  assertTimeZone(timeZone)
  const id = FacilityId.parse(deps.newId())
  await withTx(deps.pool, async (tx) => {
    if (!(await insertAndTell(deps, tx, { id, name, timeZone }))) throw errors['facility-exists']()
  })
  return { id }
}

/** The id of the facility with this name, made where there is none; in the transaction of its first admin. */
export async function ensureFacility(deps: Pick<Deps, 'outbox'>, tx: Tx, facility: Facility): Promise<FacilityId> {
  return (await insertAndTell(deps, tx, facility)) ? facility.id : facilities.idByName(tx, facility.name)
}

/** False, and no effect, where the name is taken. */
async function insertAndTell({ outbox }: Pick<Deps, 'outbox'>, tx: Tx, facility: Facility): Promise<boolean> {
  const version = await facilities.insert(tx, facility)
  if (version === undefined) return false
  await outbox.appendMany(tx, [changed({ ...facility, version })])
  return true
}

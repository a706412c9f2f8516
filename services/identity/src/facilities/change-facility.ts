import { withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Deps } from '../deps.ts'
import { changed } from './facility-events.ts'
import { facilities, type Facility, facilityConstraints } from './facility-repository.ts'
import { assertTimeZone } from './time-zone.ts'

/** Gives a facility another name or time zone, and tells of it. @throws `unknown-time-zone`; `not-found`; `facility-exists` */
export async function changeFacility(
  { pool, outbox }: Pick<Deps, 'pool' | 'outbox'>,
  facility: Facility,
): Promise<Facility> {
  assertTimeZone(facility.timeZone)
  await withTx(
    pool,
    async (tx) => {
      const version = await facilities.change(tx, facility)
      if (version === undefined) throw platformErrors['not-found']()
      await outbox.appendMany(tx, [changed({ ...facility, version })])
    },
    { constraints: facilityConstraints },
  )
  return facility
}

import { z } from 'zod'
import type { Actor } from '@wellgate/shared/access/actor'
import { FacilityId } from '@wellgate/shared/contracts/ids'
import type { appointmentsRoutes } from '@wellgate/shared/contracts/appointments/routes'
import { withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { toPage } from '@wellgate/shared/http/pages'
import type { Platform } from '@wellgate/shared/runtime/platform'
import { calendar, calendarConstraints } from './calendar-repository.ts'
import { changed } from './visit-type-events.ts'

type CalendarRoutes = `appointments.${
  | 'list-visit-types'
  | 'list-providers'
  | 'list-facilities'
  | 'put-visit-type'
  | 'put-provider'
  | 'put-room'
  | 'put-availability'
  | 'remove-exception'}`

const afterOf = ({ cursor }: { cursor?: string | undefined }): string | null =>
  cursor === undefined ? null : decodeCursor(z.uuid(), cursor, 'query.cursor')

export const isStaff = (actor: Actor): boolean => actor.roles.length > 0

/** What can be booked, where, with whom and when: shown to all, changed by staff. */
export function calendarHandlers({
  pool,
  outbox,
  newId,
}: Pick<Platform, 'pool' | 'outbox' | 'newId'>): Pick<Handlers<typeof appointmentsRoutes>, CalendarRoutes> {
  const inTx = <T>(work: Parameters<typeof withTx<T>>[1]) => withTx(pool, work, { constraints: calendarConstraints })
  const idOf = ({ id }: { id: string }): string => id
  return {
    'appointments.list-visit-types': async ({ query, actor }) => {
      const found = await calendar.visitTypes(pool, afterOf(query), query.limit, isStaff(actor))
      return { status: 200, body: toPage(found, query.limit, (row) => row, idOf) }
    },
    'appointments.list-providers': async ({ query, actor }) => {
      const found = await calendar.providers(pool, afterOf(query), query.limit, isStaff(actor))
      return { status: 200, body: toPage(found, query.limit, (row) => row, idOf) }
    },
    'appointments.list-facilities': async ({ query }) => {
      const found = await calendar.facilities(pool, afterOf(query), query.limit)
      const toItem = (row: (typeof found)[number]) => ({ ...row, id: FacilityId.parse(row.id) })
      return { status: 200, body: toPage(found, query.limit, toItem, idOf) }
    },
    'appointments.put-visit-type': async ({ params, body }) => {
      const type = { id: params.visitTypeId, ...body }
      await inTx(async (tx) => outbox.appendMany(tx, [changed(type, await calendar.putVisitType(tx, type))]))
      return { status: 200, body: type }
    },
    'appointments.put-provider': async ({ params, body }) => {
      const provider = { id: params.providerId, ...body }
      await inTx((tx) => calendar.putProvider(tx, provider))
      return { status: 200, body: provider }
    },
    'appointments.put-room': async ({ params, body }) => {
      const room = { id: params.roomId, ...body }
      await inTx((tx) => calendar.putRoom(tx, room))
      return { status: 200, body: room }
    },
    'appointments.put-availability': async ({ params, body }) => {
      await inTx((tx) => calendar.putHours(tx, params, body.weekly, newId))
      return { status: 204 }
    },
    'appointments.remove-exception': async ({ params }) => {
      if (!(await calendar.removeException(pool, params.exceptionId))) throw platformErrors['not-found']()
      return { status: 204 }
    },
  }
}

import { z } from 'zod'
import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { rows } from '@wellgate/shared/db/query'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { toPage } from '@wellgate/shared/http/pages'
import type { Deps } from '../deps.ts'
import { addCharge } from './add-charge.ts'
import { openCharges } from './charge.ts'
import * as sql from './charge-sql.ts'

/** What was charged. */
export function chargeHandlers(
  deps: Deps,
): Pick<Handlers<typeof billingRoutes>, 'billing.list-charges' | 'billing.add-charge'> {
  const { pool, sealer, currency } = deps
  return {
    'billing.list-charges': async ({ query, subject, note }) => {
      const { patientId, status, from, to, cursor, limit } = query
      if (patientId !== undefined) subject(patientId)
      const before = cursor === undefined ? null : decodeCursor(z.uuid(), cursor, 'query.cursor')
      const filters = [patientId ?? null, status ?? null, from ?? null, to ?? null]
      const found = await rows(pool, sql.listCharges, [...filters, before, limit + 1])
      const { items, next } = toPage(
        found,
        limit,
        (row) => row,
        ({ id }) => id,
      )
      // Whom a list has shown belongs to the trail of each of them.
      note({ patientIds: [...new Set(items.map((row) => row.patient_id))] })
      return { status: 200, body: { items: await openCharges(sealer, items, currency), next } }
    },
    'billing.add-charge': async ({ body, idempotencyKey, subject }) => {
      subject(body.patientId)
      return { status: 201, body: await addCharge(deps, { ...body, key: idempotencyKey }) }
    },
  }
}

import { z } from 'zod'
import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { rows } from '@wellgate/shared/db/query'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { toPage } from '@wellgate/shared/http/pages'
import type { Deps } from '../deps.ts'
import { createPlan } from './create-plan.ts'
import { toPlan } from './plan.ts'
import * as sql from './plan-sql.ts'

/** Paying in instalments. */
export function planHandlers(
  deps: Deps,
): Pick<Handlers<typeof billingRoutes>, 'billing.list-plans' | 'billing.create-plan'> {
  const { pool, today } = deps
  return {
    'billing.list-plans': async ({ params: { patientId }, query: { cursor, limit } }) => {
      const before = cursor === undefined ? null : decodeCursor(z.uuid(), cursor, 'query.cursor')
      const found = await rows(pool, sql.plansOfPatient, [patientId, before, limit + 1])
      return {
        status: 200,
        body: toPage(
          found,
          limit,
          (row) => toPlan(row, today()),
          ({ id }) => id,
        ),
      }
    },
    'billing.create-plan': async ({ body, actor, idempotencyKey, subject }) => ({
      status: 201,
      body: await createPlan(deps, { ...body, actor, key: idempotencyKey, subject }),
    }),
  }
}

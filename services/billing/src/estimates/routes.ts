import type { Actor } from '@wellgate/shared/access/actor'
import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { requireReader } from '../access.ts'
import { coverageOn } from '../insurance/coverage-repository.ts'
import { shareOf } from '../insurance/share.ts'
import type { Deps } from '../deps.ts'
import { billingErrors } from '../errors.ts'
import { money } from '../money.ts'
import { prices } from '../prices/price-repository.ts'
import { findVisitType } from './visit-type-repository.ts'

const NOTE =
  'An estimate at the price and by the insurance on file today. What the visit needs may differ, and so may the bill.'

/** Whose insurance counts: the caller's own, or that of whom staff name; nobody's where neither is. */
function patientOf(actor: Actor, named: string | undefined): string | null {
  if (named === undefined) return actor.patientId
  requireReader(actor, named)
  return named
}

/** What a visit would cost. */
export function estimateHandlers(deps: Deps): Pick<Handlers<typeof billingRoutes>, 'billing.estimate'> {
  const { pool, sealer, currency } = deps
  return {
    'billing.estimate': async ({ query, actor, subject }) => {
      const patientId = patientOf(actor, query.patientId)
      if (patientId !== null) subject(patientId)
      const type = await findVisitType(pool, query.visitTypeId)
      if (!type) throw platformErrors['not-found']()
      const asOf = deps.today()
      const price = await prices.at(pool, type.price_code, asOf)
      if (!price)
        throw billingErrors['not-priced']({
          fields: [{ field: 'query.visitTypeId', expected: 'one that has a price' }],
        })
      const covered = patientId === null ? undefined : await coverageOn(pool, sealer, patientId, asOf)
      const share = shareOf(price.amount, covered)
      const body = {
        visitTypeId: query.visitTypeId,
        name: type.name,
        total: money(price.amount, currency),
        patientShare: money(share.patientShare, currency),
        insurerShare: money(share.insurerShare, currency),
        basis: share.basis,
        asOf,
        note: NOTE,
      }
      return { status: 200, body }
    },
  }
}

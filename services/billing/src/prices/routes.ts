import { z } from 'zod'
import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { Day } from '@wellgate/shared/contracts/day'
import { decodeCursor } from '@wellgate/shared/http/cursor'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { toPage } from '@wellgate/shared/http/pages'
import { invoiceWaiting } from '../charges/invoice-waiting.ts'
import type { Deps } from '../deps.ts'
import { requireCurrency } from '../money.ts'
import { prices } from './price-repository.ts'

const Position = z.tuple([z.string().max(40), Day])

/** The charge master. */
export function priceHandlers(
  deps: Deps,
): Pick<Handlers<typeof billingRoutes>, 'billing.list-prices' | 'billing.put-price'> {
  const { pool, currency, log } = deps
  return {
    'billing.list-prices': async ({ query: { cursor, limit } }) => {
      const after = cursor === undefined ? null : decodeCursor(Position, cursor, 'query.cursor')
      const found = await prices.list(pool, after, limit)
      return {
        status: 200,
        body: toPage(
          found,
          limit,
          (price) => price,
          ({ code, validFrom }) => [code, validFrom],
        ),
      }
    },
    'billing.put-price': async ({ params, body }) => {
      requireCurrency(body.currency, currency)
      const price = { code: params.code, ...body }
      await prices.put(pool, price)
      // The price stands whatever becomes of what waited for it: the job comes back to that.
      await invoiceWaiting(deps, [price.code]).catch((error: unknown) =>
        log.warn({ err: error }, 'what waited for a price is not invoiced yet'),
      )
      return { status: 200, body: price }
    },
  }
}

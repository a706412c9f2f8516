import type { Price } from '@wellgate/shared/contracts/billing/models'
import { execute, maybeOne, rows, statement, type Queryable } from '@wellgate/shared/db/query'

interface PriceRow {
  readonly code: string
  readonly valid_from: string
  readonly description: string
  readonly amount: number
  readonly currency: string
}

const COLUMNS = 'code, valid_from, description, amount::float8 as amount, currency'

const AT = statement<PriceRow>(
  'price.at',
  `select ${COLUMNS} from price where code = $1 and valid_from <= $2 order by valid_from desc limit 1`,
)
const PUT = statement(
  'price.put',
  `insert into price (code, valid_from, description, amount, currency) values ($1, $2, $3, $4, $5)
   on conflict (code, valid_from) do update set description = excluded.description, amount = excluded.amount,
     currency = excluded.currency`,
)
const LIST = statement<PriceRow>(
  'price.list',
  `select ${COLUMNS} from price where $1::text is null or (code, valid_from) > ($1, $2::date)
    order by code, valid_from limit $3`,
)
const CODES = statement<{ code: string }>('price.codes', 'select distinct code from price')

const toPrice = ({ code, valid_from, description, amount, currency }: PriceRow): Price => ({
  code,
  description,
  amount,
  currency,
  validFrom: valid_from,
})

/** The charge master: every price from its day on, until the next. What was charged keeps its own price. */
export const prices = {
  /** The price of a code on a day, if it has one. */
  async at(q: Queryable, code: string, day: string): Promise<Price | undefined> {
    const row = await maybeOne(q, AT, [code, day])
    return row && toPrice(row)
  },

  async put(q: Queryable, price: Price): Promise<void> {
    await execute(q, PUT, [price.code, price.validFrom, price.description, price.amount, price.currency])
  },

  /** `limit` and one more after a position, by code and day. */
  async list(q: Queryable, after: readonly [string, string] | null, limit: number): Promise<Price[]> {
    return (await rows(q, LIST, [...(after ?? [null, null]), limit + 1])).map(toPrice)
  },

  async codes(q: Queryable): Promise<string[]> {
    return (await rows(q, CODES)).map(({ code }) => code)
  },
}

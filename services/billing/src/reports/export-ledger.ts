import { execute, rows } from '@wellgate/shared/db/query'
import { withTx } from '@wellgate/shared/db/tx'
import { addDays } from '../days.ts'
import type { Deps } from '../deps.ts'
import { billingErrors } from '../errors.ts'
import * as sql from './report-sql.ts'

const MAX_DAYS = 92
/** 25 MB as text: a process has 256 MiB for all that it does. */
const MAX_LINES = 100_000

/** RFC 4180. Every field is an id, a day, a number or one of our own words: nothing needs quotes, nothing is a formula. */
const COLUMNS = [
  'entry_id',
  'booked_on',
  'kind',
  'line',
  'account',
  'patient_id',
  'invoice_id',
  'payment_id',
  'refund_id',
  'reverses',
  'amount',
  'currency',
] as const

/**
 * The lines of the ledger booked in some days, as one moment shows them, so that their amounts sum to zero.
 * @throws `range-too-long`; `too-many-lines` where there are more than `most`
 */
export async function exportLedger(
  { pool }: Pick<Deps, 'pool'>,
  from: string,
  to: string,
  most = MAX_LINES,
): Promise<Buffer> {
  const end = addDays(from, MAX_DAYS)
  if (to >= end) throw billingErrors['range-too-long']({ fields: [{ field: 'query.to', expected: `before ${end}` }] })
  const pages = [Buffer.from(`${COLUMNS.join(',')}\r\n`)]
  await withTx(
    pool,
    async (tx) => {
      await execute(tx, sql.openLedgerLines, [from, to])
      for (let lines = 0; ;) {
        const found = await rows(tx, sql.nextLedgerLines)
        if (found.length === 0) return
        lines += found.length
        if (lines > most)
          throw billingErrors['too-many-lines']({
            fields: [{ field: 'query.to', expected: `before ${found[0]?.booked_on}` }],
          })
        const text = found.map((row) => COLUMNS.map((name) => row[name] ?? '').join(',')).join('\r\n')
        pages.push(Buffer.from(`${text}\r\n`))
      }
    },
    { isolation: 'repeatable read' },
  )
  return Buffer.concat(pages)
}

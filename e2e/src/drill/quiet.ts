import { escapeIdentifier, type Client } from 'pg'
import { DATABASE_SERVICES } from '../../../packages/local/src/install/services.ts'
import { until } from '../stack.ts'

/** A whole history is read again, by six services that share the machine with what else runs there. */
const PATIENCE_MS = 120_000

/** Resolves when nothing waits to be sent or to be read: what will follow from the past has followed. */
export async function untilQuiet(client: Client): Promise<void> {
  const waiting = DATABASE_SERVICES.map((service) => `(select count(*) from ${escapeIdentifier(service)}.outbox)`).join(
    ' + ',
  )
  await until(PATIENCE_MS, 'every event is sent and read', async () => {
    const { rows } = await client.query<{ quiet: boolean }>(
      `select ${waiting} = 0 and not exists (
         select from events.group_offset g join events.partition_head h using (topic, partition)
          where g.next_offset < h.next_offset) as quiet`,
    )
    return rows[0]?.quiet === true
  })
}

/** As when what the broker knows of its readers is lost: everyone reads everything again. */
export const forgetOffsets = (client: Client) => client.query('update events.group_offset set next_offset = 0')

/** How many events of each type the world outside hears of were published: reminders, payments, invoices. */
export async function announced(client: Client): Promise<Record<string, number>> {
  const { rows } = await client.query<{ type: string; events: number }>(
    `select message::jsonb ->> 'type' as type, count(*)::int as events from events.log
      where topic in ('appointment', 'invoice', 'payment', 'payment-plan') group by 1 order by 1`,
  )
  return Object.fromEntries(rows.map(({ type, events }) => [type, events]))
}

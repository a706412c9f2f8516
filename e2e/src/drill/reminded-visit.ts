import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { logInCast } from '../journey/cast.ts'
import { until, type Stack } from '../stack.ts'

const HOUR_MS = 3_600_000

/** Books a visit whose reminder has been sent: one that a restored system must not send again. */
export async function remindedVisit({ portal, demo, kill }: Stack, admin: Client): Promise<void> {
  const [token] = (await logInCast(portal, demo)).rivals
  const visitTypeId = demo.clinic?.visitTypes.find(({ name }) => name === 'Same-day visit')?.id ?? ''
  const [from, to] = [3, 23].map((hours) => new Date(Date.now() + hours * HOUR_MS).toISOString())
  const query = new URLSearchParams({ visitTypeId, from: from ?? '', to: to ?? '' }).toString()
  const { items } = await portal.expect(200, 'GET', `/v1/slots?${query}`, { token })
  const { providerId, facilityId, start } = items.at(-1)
  const { id } = await portal.expect(201, 'POST', '/v1/appointments', {
    token,
    body: { providerId, facilityId, visitTypeId, start },
    headers: { 'idempotency-key': randomUUID() },
  })
  // Booked two days ago: the reminder of a day before has come due since.
  await admin.query("update appointments.booking set updated_at = now() - interval '2 days' where id = $1", [id])
  // A new process looks at once.
  await kill('appointments')
  await until(60_000, 'the reminder is sent', async () => {
    const fired = await admin.query('select from appointments.reminder_fired where booking_id = $1', [id])
    return fired.rowCount === 1
  })
}

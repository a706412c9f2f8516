import { waitListChanged } from '@wellgate/shared/contracts/appointments/events'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Clinic, noon, startClinic } from './support.ts'
import { waitRoom } from './wait-support.ts'

let clinic: Clinic
const { answer, becomes, endOffer, entryOf, join, onceADay } = waitRoom(() => clinic)
beforeAll(async () => {
  clinic = await startClinic({ WELLGATE_STATEMENT_TIMEOUT_MS: '20000' })
})
afterAll(() => clinic?.service.stop())

const stepsOf = async (entryId: string): Promise<string[]> =>
  (await clinic.service.published(waitListChanged)).flatMap(({ payload }) =>
    payload.entryId === entryId ? [payload.step] : [],
  )

/** Someone who is offered noon of a day. */
const offered = async (day: number) => {
  const patient = clinic.patient()
  const providerId = await onceADay()
  const entryId = await join(patient, providerId, day)
  await becomes(patient, { status: 'offered' })
  return { patient, providerId, entryId }
}

/** Does `work` while an entry is locked, until so many wait for it; then `before` is done, and the lock let go. */
async function heldBack<T>(
  entryId: string,
  waiters: number,
  work: () => Promise<T>,
  before: string[] = [],
): Promise<T> {
  const holder = await clinic.service.adminPool.connect()
  try {
    await holder.query('begin')
    await holder.query('select from appointments.wait_entry where id = $1 for update', [entryId])
    const result = work()
    await vi.waitFor(async () => {
      const { rowCount } = await clinic.service.adminPool.query(
        `select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%wait_entry%'`,
      )
      expect(rowCount).toBe(waiters)
    }, 20_000)
    for (const statement of before) await holder.query(statement, [entryId])
    await holder.query('commit')
    return await result
  } finally {
    holder.release()
  }
}

it('books once for twins who accept, and gives each the same appointment', async () => {
  const { patient, entryId } = await offered(20)
  const twins = await heldBack(entryId, 4, () =>
    Promise.all(Array.from({ length: 4 }, () => answer(patient, entryId, 'accept'))),
  )
  expect(twins.map(({ status }) => status)).toEqual([201, 201, 201, 201])
  expect(new Set(twins.map(({ body }) => body.id)).size).toBe(1)
  expect(await answer(patient, entryId, 'accept')).toMatchObject({ status: 201, body: { id: twins[0]?.body.id } })
  expect(await stepsOf(entryId)).toEqual(['joined', 'offered', 'accepted'])
})

it('declines once for twins, and what one of them declined the other cannot accept', async () => {
  const { patient, entryId } = await offered(21)
  const twins = await heldBack(entryId, 3, () =>
    Promise.all((['decline', 'decline', 'accept'] as const).map((what) => answer(patient, entryId, what))),
  )
  const won = twins.filter(({ status }) => status < 300)
  expect(won).toHaveLength(1)
  for (const { status, body } of twins) if (status >= 300) expect([status, body.code]).toEqual([409, 'nothing-offered'])
  expect(await stepsOf(entryId)).toHaveLength(3)
})

it('takes nothing back that was accepted while it waited to', async () => {
  const { patient, entryId } = await offered(22)
  const asAccepted = [
    `update appointments.booking set status = 'booked', hold_expires_at = null
      where id = (select booking_id from appointments.wait_offer where entry_id = $1 and status = 'open')`,
    `update appointments.wait_offer set status = 'accepted' where entry_id = $1 and status = 'open'`,
    `update appointments.wait_entry set status = 'booked', version = version + 1 where id = $1`,
  ]
  await heldBack(entryId, 1, () => endOffer(entryId), asAccepted)
  // The turn that waited is over when someone who came later has been served.
  await offered(23)
  expect(await entryOf(patient)).toMatchObject({ status: 'booked', offer: null })
  expect(await stepsOf(entryId)).toEqual(['joined', 'offered'])
})

it('says that an offer is over, before it was taken back and after', async () => {
  const { patient, entryId } = await offered(24)
  const early = await heldBack(entryId, 2, async () => {
    await endOffer(entryId)
    return answer(patient, entryId, 'accept')
  })
  expect(early).toMatchObject({ status: 410, body: { code: 'offer-expired' } })
  await becomes(patient, { status: 'waiting', offer: null })
  expect(await answer(patient, entryId, 'accept')).toMatchObject({ status: 410, body: { code: 'offer-expired' } })
  expect((await answer(patient, entryId, 'decline')).body.code).toBe('nothing-offered')
  expect(await stepsOf(entryId)).toEqual(['joined', 'offered', 'expired'])
})

it(
  'lets each of those who accept at the end have it or wait on, and nothing between',
  // Each waits for a turn of the wait-list, after its offer has ended by the database's clock.
  { timeout: 120_000 },
  async () => {
    const waiting: Awaited<ReturnType<typeof offered>>[] = []
    for (let n = 0; n < 8; n++) waiting.push(await offered(25))
    await Promise.all(waiting.map(({ entryId }, index) => endOffer(entryId, 40 * index)))
    const answers = await Promise.all(waiting.map(({ patient, entryId }) => answer(patient, entryId, 'accept')))
    for (const [index, { status, body }] of answers.entries()) {
      const { patient, entryId } = waiting[index] ?? expect.fail('nobody')
      const got = status === 201
      if (!got) expect([status, body.code]).toEqual([410, 'offer-expired'])
      await becomes(patient, { status: got ? 'booked' : 'waiting', offer: null })
      expect(await stepsOf(entryId)).toEqual(['joined', 'offered', got ? 'accepted' : 'expired'])
      const { body: mine } = await clinic.call('appointments.list-of-patient', {
        token: patient.token,
        params: { patientId: 'me' },
      })
      expect(mine.items).toHaveLength(got ? 1 : 0)
    }
  },
)

it('offers a time to the next only once it was taken back', async () => {
  const { entryId, providerId, patient } = await offered(26)
  const next = clinic.patient()
  await join(next, providerId, 26)
  const { pool } = clinic.service.running.platform
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>
  let ended = false
  // It ends after this turn has looked for what is over, and before it looks for what is free.
  const endThen = async (name: unknown): Promise<void> => {
    if (ended || name !== 'wait.overdue') return
    ended = true
    await endOffer(entryId)
  }
  vi.spyOn(pool, 'query').mockImplementation((...args: unknown[]): unknown =>
    query(...args).then((result) => endThen((args[0] as { name?: unknown }).name).then(() => result)),
  )
  await becomes(next, { status: 'offered', offer: { start: noon(26) } })
  vi.restoreAllMocks()
  expect(await entryOf(patient)).toMatchObject({ status: 'waiting', offer: null })
  const told = (await clinic.service.published(waitListChanged)).map(
    ({ payload }) => `${payload.step} ${payload.start}`,
  )
  expect(told.lastIndexOf(`offered ${noon(26)}`)).toBeGreaterThan(told.indexOf(`expired ${noon(26)}`))
})

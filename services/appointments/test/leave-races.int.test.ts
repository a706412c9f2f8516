import { randomUUID } from 'node:crypto'
import type { CallAnswer } from '@wellgate/shared/testing/call'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { CHECK_UP, type Clinic, noon, openDaily, startClinic } from './support.ts'

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic({ WELLGATE_STATEMENT_TIMEOUT_MS: '20000' })
})
afterAll(() => clinic?.service.stop())

const leave = (providerId: string): Promise<CallAnswer> => {
  const body = { kind: 'off', providerId, start: noon(2, -60), end: noon(2, 60) }
  return clinic.call('appointments.add-exception', { token: clinic.desk, body })
}

const untilTheyWait = (waiters: number) =>
  vi.waitFor(async () => {
    const { rowCount } = await clinic.service.adminPool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
    )
    expect(rowCount).toBe(waiters)
  }, 20_000)

/** Does `work` while somebody else has the lock, to the commit. */
async function whileLocked<T>(lock: string, work: (run: (sql: string, values: unknown[]) => unknown) => Promise<T>) {
  const holder = await clinic.service.adminPool.connect()
  try {
    await holder.query('begin')
    await holder.query(`select pg_advisory_xact_lock(hashtextextended('wellgate/appointments/' || $1, 0))`, [lock])
    const result = await work((sql, values) => holder.query(sql, values))
    await holder.query('commit')
    return result
  } finally {
    holder.release()
  }
}

it('lists a booking that was under way when a leave was added', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId])
  const { token } = clinic.patient()
  const { booking, added } = await whileLocked(`provider/${providerId}`, async () => {
    const first = clinic.book(token, clinic.slot(noon(2), { providerId }))
    await untilTheyWait(1)
    const second = leave(providerId)
    await untilTheyWait(2)
    return { booking: first, added: second }
  })
  const { status, body } = await booking
  expect(status).toBe(201)
  expect(await added).toMatchObject({ status: 201, body: { affected: [{ id: body.id }] } })
})

it('takes no time that a leave took away after it was looked at', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId])
  const [one, two, three] = [clinic.patient(), clinic.patient(), clinic.patient()]
  const before = await clinic.book(three.token, clinic.slot(noon(4), { providerId }))
  const asked = await whileLocked('calendar', async (run) => {
    const calls = [
      clinic.book(one.token, clinic.slot(noon(2), { providerId })),
      clinic.call('appointments.hold-slot', { token: two.token, body: clinic.slot(noon(2, 30), { providerId }) }),
      clinic.call('appointments.reschedule', {
        token: three.token,
        params: { appointmentId: before.body.id },
        body: { start: noon(2, -30) },
      }),
      // Outside of the leave: it is looked at again, and had.
      clinic.book(clinic.patient().token, clinic.slot(noon(2, 90), { providerId })),
    ]
    await untilTheyWait(calls.length)
    await run(
      `insert into appointments.availability_exception (id, kind, provider_id, starts, ends) values ($1, 'off', $2, $3, $4)`,
      [randomUUID(), providerId, noon(2, -60), noon(2, 60)],
    )
    return calls
  })
  const answers = await Promise.all(asked)
  expect(answers.map(({ status, body }) => body.code ?? status)).toEqual([...Array(3).fill('not-a-slot'), 201])
})

it('lets go of what is only held, and ends what was offered', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId])
  const [holder, other] = [clinic.patient(), clinic.patient()]
  const hold = (patient: typeof holder, start: string) =>
    clinic.call('appointments.hold-slot', { token: patient.token, body: clinic.slot(start, { providerId }) })
  const [within, outside] = [await hold(holder, noon(2)), await hold(other, noon(2, 120))]
  const waiting = clinic.patient()
  const body = { visitTypeId: clinic.visitTypeId, providerId, from: noon(2, -30), to: noon(2, -20) }
  expect((await clinic.call('appointments.join-wait-list', { token: waiting.token, body })).status).toBe(201)
  const entry = async () =>
    (await clinic.call('appointments.list-waiting', { token: waiting.token, params: { patientId: 'me' } })).body
      .items[0]
  await expect.poll(async () => (await entry()).status, { timeout: 20_000 }).toBe('offered')

  expect(await leave(providerId)).toMatchObject({ status: 201, body: { affected: [] } })
  const confirm = (patient: typeof holder, answer: CallAnswer) => clinic.book(patient.token, { holdId: answer.body.id })
  expect((await confirm(holder, within)).body.code).toBe('hold-expired')
  expect((await confirm(other, outside)).status).toBe(201)
  await expect.poll(async () => (await entry()).status, { timeout: 20_000 }).toBe('waiting')
})

it('waits in no ring with who declines what a leave takes away', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId])
  const { token } = clinic.patient()
  const body = { visitTypeId: clinic.visitTypeId, providerId, from: noon(2, -30), to: noon(2, -20) }
  const joined = await clinic.call('appointments.join-wait-list', { token, body })
  const entry = async () =>
    (await clinic.call('appointments.list-waiting', { token, params: { patientId: 'me' } })).body.items[0]
  await expect.poll(async () => (await entry()).status, { timeout: 20_000 }).toBe('offered')
  const holder = await clinic.service.adminPool.connect()
  try {
    await holder.query('begin')
    await holder.query(`select from appointments.booking where provider_id = $1 for update`, [providerId])
    const waiting = (waiters: number) =>
      vi.waitFor(async () => {
        const { rowCount } = await clinic.service.adminPool.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
              and query like '%update booking%'`,
        )
        expect(rowCount).toBe(waiters)
      }, 20_000)
    const added = leave(providerId)
    await waiting(1)
    const declined = clinic.call('appointments.decline-offer', { token, params: { entryId: joined.body.id }, body: {} })
    await waiting(2)
    await holder.query('commit')
    expect([(await added).status, (await declined).status]).toEqual([201, 200])
  } finally {
    holder.release()
  }
  expect(await entry()).toMatchObject({ status: 'waiting', offer: null })
})

it.each(['put-provider', 'put-availability', 'put-visit-type'] as const)(
  'answers %s once what was being booked by the calendar before is booked',
  async (change) => {
    const visitTypeId = await clinic.visitType()
    const providerId = await clinic.provider([visitTypeId])
    const { facilityId } = clinic
    const changes = {
      'put-provider': [{ providerId }, { name: 'Dr Grace Hopper', visitTypeIds: [visitTypeId], active: false }],
      'put-availability': [{ providerId, facilityId }, { weekly: [] }],
      'put-visit-type': [{ visitTypeId }, { ...CHECK_UP, active: false }],
    } as const
    const [params, body] = changes[change]
    const holder = await clinic.service.adminPool.connect()
    try {
      await holder.query('begin')
      await holder.query('lock table appointments.booking in share mode')
      const booking = clinic.book(clinic.patient().token, clinic.slot(noon(5), { visitTypeId, providerId }))
      await vi.waitFor(async () => {
        const { rowCount } = await clinic.service.adminPool.query(
          `select from pg_stat_activity where datname = current_database() and wait_event = 'relation'`,
        )
        expect(rowCount).toBe(1)
      }, 20_000)
      const token = change === 'put-availability' ? clinic.desk : clinic.admin
      const changed = clinic.call(`appointments.${change}`, { token, params: { ...params }, body })
      const first = await Promise.race([changed.then(() => 'answers'), untilTheyWait(1).then(() => 'waits')])
      await holder.query('commit')
      expect([(await booking).status, (await changed).status < 300, first]).toEqual([201, true, 'waits'])
    } finally {
      holder.release()
    }
    const late = await clinic.book(clinic.patient().token, clinic.slot(noon(5, 60), { visitTypeId, providerId }))
    expect(late.status).toBe(422)
  },
)

it('books while the hours of others are put one after the other', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId])
  const others = [await clinic.provider([clinic.visitTypeId]), await clinic.provider([clinic.visitTypeId])]
  const end = new AbortController()
  const changes = others.map(async (other) => {
    const params = { providerId: other, facilityId: clinic.facilityId }
    const put = { token: clinic.desk, params, body: { weekly: openDaily() } }
    while (!end.signal.aborted) expect((await clinic.call('appointments.put-availability', put)).status).toBe(204)
  })
  const days = Array.from({ length: 12 }, (_, n) => 10 + n)
  const answers: number[] = []
  try {
    for (const day of days)
      answers.push((await clinic.book(clinic.patient().token, clinic.slot(noon(day), { providerId }))).status)
  } finally {
    end.abort()
    await Promise.all(changes)
  }
  expect(answers).toEqual(days.map(() => 201))
})

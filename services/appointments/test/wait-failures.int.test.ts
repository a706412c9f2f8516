import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { forgetPast } from '../src/wait-list/forget-past.ts'
import { type Clinic, noon, startClinic } from './support.ts'
import { waitRoom } from './wait-support.ts'

let clinic: Clinic
const { becomes, endOffer, entryOf, join, onceADay } = waitRoom(() => clinic)
beforeAll(async () => {
  clinic = await startClinic()
})
afterAll(() => clinic?.service.stop())

/** Lets every change of an entry fail. */
const spoil = async (entryId: string): Promise<void> => {
  const fails = `fails_${randomUUID().replaceAll('-', '')}`
  await clinic.service.adminPool.query(
    `create function appointments.${fails}() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
     create trigger ${fails} before update on appointments.wait_entry for each row
       when (new.id = '${entryId}') execute function appointments.${fails}()`,
  )
}

it('takes back and offers to others, though one offer cannot be taken back', async () => {
  const [unlucky, next, other] = [clinic.patient(), clinic.patient(), clinic.patient()]
  const stuck = await join(unlucky, await onceADay(), 20)
  await becomes(unlucky, { status: 'offered' })
  const providerId = await onceADay()
  const ends = await join(next, providerId, 21)
  await becomes(next, { status: 'offered' })
  await spoil(stuck)
  await endOffer(stuck)
  await endOffer(ends)
  await join(other, providerId, 21)
  await becomes(other, { status: 'offered', offer: { start: noon(21) } })
  expect(await entryOf(next)).toMatchObject({ status: 'waiting', offer: null })
})

it('tells those who waited in vain, though one cannot be told', async () => {
  const providerId = await clinic.provider([clinic.visitTypeId], [])
  const [unlucky, late] = [clinic.patient(), clinic.patient()]
  const [stuck, told] = [await join(unlucky, providerId, 3), await join(late, providerId, 3)]
  await clinic.service.adminPool.query(
    `update appointments.wait_entry set earliest = earliest - interval '4 days', latest = latest - interval '4 days'
      where id in ($1, $2)`,
    [stuck, told],
  )
  await spoil(stuck)
  await expect(forgetPast(clinic.service.running.platform)).rejects.toThrow('no')
  expect(await entryOf(late)).toMatchObject({ status: 'left' })
})

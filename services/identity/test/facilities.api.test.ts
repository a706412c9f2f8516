import { randomUUID } from 'node:crypto'
import { facilityChanged } from '@wellgate/shared/contracts/identity/events'
import { republish } from '@wellgate/shared/messaging/republish'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { facilityRepublisher } from '../src/facilities/facility-events.ts'
import { startIdentity, statusesOf, type IdentityUnderTest } from './support.ts'

let identity: IdentityUnderTest
beforeAll(async () => {
  identity = await startIdentity()
})
afterAll(() => identity?.service.stop())

const add = async (body: object) => identity.call('identity.add-facility', { token: await identity.admin(), body })
const change = async (facilityId: string, body: object) =>
  identity.call('identity.change-facility', { token: await identity.admin(), params: { facilityId }, body })
const listed = async () =>
  (await identity.call('identity.list-facilities', { token: await identity.admin() })).body.items
const toldOf = async (facilityId: string) =>
  (await identity.service.published(facilityChanged))
    .filter(({ key }) => key === facilityId)
    .map(({ aggregateVersion, payload: { name, timeZone } }) => [aggregateVersion, name, timeZone])

describe('facilities', () => {
  test('are added with their time zone, changed, and listed by name', async () => {
    const { status, body } = await add({ name: '  Annex ', timeZone: 'Europe/Berlin' })
    expect(status).toBe(201)
    const main = { id: identity.facilityId, name: 'Main Clinic', timeZone: 'America/New_York' }
    expect(await listed()).toEqual([{ id: body.id, name: 'Annex', timeZone: 'Europe/Berlin' }, main])
    const changed = { name: 'North Annex', timeZone: 'America/Chicago' }
    expect(await change(body.id, changed)).toMatchObject({ status: 200, body: { id: body.id, ...changed } })
    expect(await listed()).toEqual([main, { id: body.id, ...changed }])
  })

  test('need a zone that exists and a name of their own', async () => {
    const { body } = await add({ name: 'Harbor', timeZone: 'UTC' })
    for (const timeZone of ['Mars/Olympus', '+02:00', 'America/New_York; drop']) {
      const refused = { status: 422, body: { code: 'unknown-time-zone', fields: [{ field: 'body.timeZone' }] } }
      expect(await add({ name: 'X', timeZone })).toMatchObject(refused)
      expect(await change(body.id, { name: 'X', timeZone })).toMatchObject(refused)
    }
    const twins = await Promise.all([1, 2].map(() => add({ name: 'Twin', timeZone: 'UTC' })))
    expect(statusesOf(twins)).toEqual([201, 409])
    expect(await change(body.id, { name: 'Twin', timeZone: 'UTC' })).toMatchObject({
      status: 409,
      body: { code: 'facility-exists' },
    })
    expect((await add({ name: '', timeZone: 'UTC' })).status).toBe(400)
    expect((await add({ name: 'Half a letter: \ud83c', timeZone: 'UTC' })).status).toBe(400)
    expect((await change(body.id, { name: 'Harbor' })).status).toBe(400)
    expect((await change(randomUUID(), { name: 'Nowhere', timeZone: 'UTC' })).status).toBe(404)
  })
})

describe('others are told', () => {
  test('of the facility of the first admin', async () => {
    expect(await toldOf(identity.facilityId)).toEqual([[1, 'Main Clinic', 'America/New_York']])
  })

  test('of each version, in order, and of nothing that was refused', async () => {
    const { body } = await add({ name: 'West', timeZone: 'America/Denver' })
    expect((await change(body.id, { name: 'Main Clinic', timeZone: 'UTC' })).status).toBe(409)
    expect((await change(body.id, { name: 'West', timeZone: 'Nowhere' })).status).toBe(422)
    const others = Array.from({ length: 6 }, (_, n) => change(body.id, { name: `West ${n}`, timeZone: 'UTC' }))
    expect(new Set(statusesOf(await Promise.all(others)))).toEqual(new Set([200]))
    const told = await toldOf(body.id)
    expect(told.map(([version]) => version)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(told[0]).toEqual([1, 'West', 'America/Denver'])
    const stored = (await listed()).find(({ id }: { id: string }) => id === body.id)
    expect(told.at(-1)?.slice(1)).toEqual([stored.name, stored.timeZone])
  })

  test('again of what there is, at the version it has', async () => {
    const { pool, outbox } = identity.service.running.platform
    const before = (await identity.service.published(facilityChanged)).length
    const total = await republish({ pool, outbox, republisher: facilityRepublisher(pool) })
    expect(total).toBe((await listed()).length)
    expect(await identity.service.published(facilityChanged)).toHaveLength(before + total)
    const told = await toldOf(identity.facilityId)
    expect(told).toEqual([told[0], told[0]])
  })
})

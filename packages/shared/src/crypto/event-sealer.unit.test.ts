import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFakeClock, createFakeKms } from '../../test/crypto-fakes.ts'
import { createEventSealer, type EventPlace } from './event-sealer.ts'

const place: EventPlace = { topic: 'records', eventId: 'e1', type: 'records.changed', version: 1, key: 'p1' }
const plaintext = Buffer.from('{"value":7.10}')

function setUp() {
  const kms = createFakeKms()
  const clock = createFakeClock()
  const sealer = (deployment = 'd') => createEventSealer({ kms: kms.kms, deployment, now: clock.now })
  return { ...kms, clock, sealer }
}

test('another process opens what was sealed, and asks the KMS once', async () => {
  const { sealer, state } = setUp()
  const producer = sealer()
  const sealed = await Promise.all(Array.from({ length: 20 }, () => producer.seal(place, plaintext)))
  expect(new Set(sealed.map(({ header }) => header)).size).toBe(1)
  expect(state).toMatchObject({ wraps: 1, unwraps: 0 })
  const consumer = sealer()
  const opened = await Promise.all(sealed.map((one) => consumer.open(place, one)))
  for (const one of opened) expect(one).toEqual(plaintext)
  expect(state).toMatchObject({ wraps: 1, unwraps: 1 })
})

test('a payload opens for its own event only', async () => {
  const { sealer } = setUp()
  const own = sealer()
  const sealed = await own.seal(place, plaintext)
  const broken = { reason: 'broken' }
  await expect(own.open({ ...place, eventId: 'e2' }, sealed)).rejects.toMatchObject(broken)
  await expect(own.open({ ...place, type: 'records.gone' }, sealed)).rejects.toMatchObject(broken)
  await expect(own.open({ ...place, version: 2 }, sealed)).rejects.toMatchObject(broken)
  await expect(own.open({ ...place, key: 'p2' }, sealed)).rejects.toMatchObject(broken)
  await expect(own.open({ ...place, topic: 'patients' }, sealed)).rejects.toMatchObject(broken)
  await expect(sealer('other').open(place, sealed)).rejects.toMatchObject(broken)
})

test('no changed bit goes unseen', async () => {
  const { sealer } = setUp()
  const own = sealer()
  const sealed = await own.seal(place, plaintext)
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.ciphertext.length - 1), fc.nat(7), async (at, bit) => {
      const ciphertext = Buffer.from(sealed.ciphertext)
      ciphertext.writeUInt8(ciphertext.readUInt8(at) ^ (1 << bit), at)
      await expect(own.open(place, { ...sealed, ciphertext })).rejects.toMatchObject({ name: 'SealError' })
    }),
  )
  await expect(own.open(place, { ...sealed, header: 'v1.x' })).rejects.toMatchObject({ reason: 'malformed' })
  const otherDay = sealed.header.replace('2026-03-01', '2026-03-02')
  await expect(own.open(place, { ...sealed, header: otherDay })).rejects.toMatchObject({ reason: 'broken' })
})

test('a data key that its topic key does not open is broken for good; a KMS that is not heard may be heard again', async () => {
  const { sealer, state, replace } = setUp()
  const sealed = await sealer().seal(place, plaintext)
  state.down = true
  await expect(sealer().open(place, sealed)).rejects.toMatchObject({ code: 'unavailable', status: 503 })
  state.down = false
  replace('topic/records')
  await expect(sealer().open(place, sealed)).rejects.toMatchObject({ name: 'SealError', reason: 'broken' })
})

test('a new UTC day has a new key; the old one still opens', async () => {
  const { sealer, clock } = setUp()
  const own = sealer()
  const monday = await own.seal(place, plaintext)
  clock.advance(12 * 3_600_000)
  const tuesday = await own.seal(place, plaintext)
  expect(monday.header).toMatch(/^v1\.2026-03-01\.[\w-]+$/)
  expect(tuesday.header).toMatch(/^v1\.2026-03-02\./)
  expect(await own.open(place, monday)).toEqual(plaintext)
  expect(await own.open(place, tuesday)).toEqual(plaintext)
})

test('a revoked topic key stops producer and consumer within five minutes; a restored one goes on', async () => {
  const { sealer, clock, revoke, restore } = setUp()
  const own = sealer()
  const sealed = await own.seal(place, plaintext)
  revoke('topic/records')
  clock.advance(300_000)
  await expect(own.open(place, sealed)).rejects.toMatchObject({ code: 'unavailable', status: 503 })
  await expect(own.seal(place, plaintext)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(own.seal(place, plaintext)).rejects.toMatchObject({ code: 'unavailable' })
  restore('topic/records')
  expect(await own.open(place, sealed)).toEqual(plaintext)
  expect(await own.open(place, await own.seal(place, plaintext))).toEqual(plaintext)
})

test('a replaced topic key seals again after one refusal', async () => {
  const { sealer, clock, replace } = setUp()
  const own = sealer()
  await own.seal(place, plaintext)
  replace('topic/records')
  clock.advance(300_000)
  await expect(own.seal(place, plaintext)).rejects.toMatchObject({ code: 'unavailable' })
  expect(await sealer().open(place, await own.seal(place, plaintext))).toEqual(plaintext)
})

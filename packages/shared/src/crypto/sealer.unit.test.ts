import * as fc from 'fast-check'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { randomKey, secretKey } from './aead.ts'
import type { DataKeys, PatientKeys } from './data-keys.ts'
import { createSealer, type Place } from './sealer.ts'

/** One key for every patient, so that only the associated data keeps patients apart. */
function keysInMemory(): DataKeys & { held: PatientKeys } {
  const held: PatientKeys = {
    current: 1,
    byVersion: new Map([1, 2].map((version) => [version, secretKey(randomKey())])),
  }
  return {
    held,
    peek: () => held,
    find: async () => held,
    reload: async () => held,
    obtain: async () => held,
    prefetch: async () => {},
    rotate: async () => {},
    shred: async () => 0,
    forget: () => {},
  }
}

function setUp(scope: { deployment?: string; service?: string } = {}, keys = keysInMemory()) {
  const registry = new Registry()
  const sealer = createSealer({ deployment: 'd', service: 's', ...scope, keys, metrics: { registry } })
  const count = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value
  return { sealer, keys, count }
}

const place: Place = { table: 'note', column: 'document', row: 'r1', patient: 'p1' }
const part = fc.string({ unit: 'grapheme' })
const anyPlace = fc.record<Place>({ table: part, column: part, row: part, patient: part })

test('opens what it sealed, at its place', async () => {
  const { sealer } = setUp()
  await fc.assert(
    fc.asyncProperty(anyPlace, fc.uint8Array(), async (at, bytes) => {
      const plaintext = Buffer.from(bytes)
      const sealed = await sealer.seal(at, plaintext)
      expect(await sealer.open(at, sealed)).toEqual(plaintext)
      expect(sealer.openSync(at, sealed)).toEqual(plaintext)
    }),
  )
})

test('a ciphertext moved across any coordinate does not open', async () => {
  const { sealer } = setUp()
  const coordinate = fc.constantFrom<keyof Place>('table', 'column', 'row', 'patient')
  await fc.assert(
    fc.asyncProperty(anyPlace, coordinate, part, async (at, moved, to) => {
      fc.pre(at[moved] !== to)
      const sealed = await sealer.seal(at, 'secret')
      expect(() => sealer.openSync({ ...at, [moved]: to }, sealed)).toThrow(/broken/)
    }),
  )
  const swapped = await sealer.seal({ ...place, table: 'a', column: 'bc' }, 'secret')
  expect(() => sealer.openSync({ ...place, table: 'ab', column: 'c' }, swapped)).toThrow(/broken/)
})

test('nor in another service or deployment, nor under another key version', async () => {
  const { sealer, keys } = setUp()
  const sealed = await sealer.seal(place, 'secret')
  expect(() => setUp({ service: 'other' }, keys).sealer.openSync(place, sealed)).toThrow(/broken/)
  expect(() => setUp({ deployment: 'other' }, keys).sealer.openSync(place, sealed)).toThrow(/broken/)
  const sameKey = keys.held.byVersion.get(1) ?? null
  const relabelled = Buffer.from(sealed)
  relabelled.writeUInt32BE(2, 2)
  const twins = {
    ...keys,
    peek: () => ({
      current: 1,
      byVersion: new Map([
        [1, sameKey],
        [2, sameKey],
      ]),
    }),
  }
  expect(
    setUp({}, { ...twins })
      .sealer.openSync(place, sealed)
      .toString(),
  ).toBe('secret')
  expect(() => setUp({}, { ...twins }).sealer.openSync(place, relabelled)).toThrow(/broken/)
})

test('no changed bit and no cut goes unseen', async () => {
  const { sealer, count } = setUp()
  const sealed = await sealer.seal(place, 'secret')
  for (const at of sealed.keys())
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at)
      expect(() => sealer.openSync(place, changed)).toThrow(/malformed|broken|no-key/)
      expect(() => sealer.openSync(place, sealed.subarray(0, at))).toThrow(/malformed|broken/)
    }
  expect(await count('wellgate_unseal_failures_total')).toBe(sealed.length * 16)
  expect(await count('wellgate_unseals_total')).toBe(0)
})

test('has the layout that is written down, and never the same bytes twice', async () => {
  const { sealer } = setUp()
  const sealed = await sealer.seal(place, 'secret')
  expect(sealed.subarray(0, 6).toString('hex')).toBe('010100000001')
  expect(sealed).toHaveLength(6 + 12 + 'secret'.length + 16)
  expect((await sealer.seal(place, 'secret')).equals(sealed)).toBe(false)
})

test.each(['7.10', '1e3', '{"value": 7.10,  "n":1e3}', '0.30000000000000000004', '{"a":1,"a":2}', '"é\\u00e9"'])(
  'keeps JSON text to the letter: %s',
  async (json) => {
    const { sealer } = setUp()
    const sealed = await sealer.sealJson(place, json)
    expect(await sealer.openJson(place, sealed)).toBe(json)
    expect(sealer.openJsonSync(place, sealed)).toBe(json)
  },
)

test('seals values, and only what JSON can hold', async () => {
  const { sealer, count } = setUp()
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (value) => {
      const sealed = await sealer.sealValue(place, value)
      const plain = JSON.parse(JSON.stringify(value)) as unknown
      expect(await sealer.openValue(place, sealed)).toEqual(plain)
      expect(sealer.openValueSync(place, sealed)).toEqual(plain)
    }),
  )
  const seals = await count('wellgate_seals_total')
  await expect(sealer.sealValue(place, undefined)).rejects.toThrow(TypeError)
  await expect(sealer.sealJson(place, 'Erika Muster')).rejects.toThrow(/^Only JSON text can be sealed as JSON$/)
  expect(await count('wellgate_seals_total')).toBe(seals)
})

test('counts one unseal a value', async () => {
  const { sealer, count } = setUp()
  const sealed = await sealer.seal(place, 'secret')
  for (let n = 0; n < 5; n++) sealer.openSync(place, sealed)
  expect(await count('wellgate_seals_total')).toBe(1)
  expect(await count('wellgate_unseals_total')).toBe(5)
})

import { randomBytes, randomUUID } from 'node:crypto'
import { Pool, type PoolConfig } from 'pg'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { installKeysSchema } from '../src/crypto/keys-schema.ts'
import { rewrapDataKeys, rewrapServiceKeys, rotateServiceKey } from '../src/crypto/rotation.ts'
import type { Place } from '../src/crypto/sealer.ts'
import { openEnvelope, type Envelope } from './crypto-envelope.ts'
import { createFakeClock, createFakeKms } from './crypto-fakes.ts'

const adminUrl = process.env['WELLGATE_TEST_ADMIN_URL'] ?? ''
const database = `crypto_${randomBytes(6).toString('hex')}`
const app = `${database}_app`
const databaseUrl = Object.assign(new URL(adminUrl), { pathname: `/${database}` }).href
const onDatabase = (config: PoolConfig = {}) => new Pool({ connectionString: databaseUrl, ...config })

let server: Pool
let admin: Pool
let pool: Pool
let schema: string
let world: ReturnType<typeof createWorld>

beforeAll(async () => {
  server = new Pool({ connectionString: adminUrl })
  await server.query(`create database ${database}`)
  await server.query(`create role ${app}`)
  admin = onDatabase()
  pool = onDatabase({ options: `-c role=${app}`, max: 8 })
})
afterAll(async () => {
  await pool.end()
  await admin.end()
  // The pools' sessions end a moment after their pools.
  await vi.waitFor(() => server.query(`drop database ${database}`), { timeout: 10_000 })
  await server.query(`drop role ${app}`)
  await server.end()
})

/** One service's keys, its KMS and clock, and as many processes of it as a test opens. */
function createWorld(keysSchema: string) {
  const kms = createFakeKms()
  const clock = createFakeClock()
  const queries: string[] = []
  /** What answers wait for on their way back. */
  const line = { open: Promise.resolve() }
  const counted = {
    query: (async (...args: Parameters<Pool['query']>) => {
      const { open } = line
      queries.push(JSON.stringify(args[0]))
      const answer: unknown = await pool.query(...(args as unknown as [string, unknown[]]))
      await open
      return answer
    }) as Pool['query'],
  }
  const scope = { pool: counted, schema: keysSchema, service: 'records', deployment: 'd', kms: kms.kms }
  const opened: Envelope[] = []
  return {
    ...kms,
    clock,
    queries,
    line,
    scope,
    async open(): Promise<Envelope> {
      const metrics = { registry: new Registry() }
      const envelope = await openEnvelope({ ...scope, metrics, now: clock.now })
      opened.push(envelope)
      return envelope
    },
    close: () => opened.forEach((envelope) => envelope.close()),
  }
}

beforeEach(async () => {
  schema = `keys_${randomBytes(6).toString('hex')}`
  await installKeysSchema(admin, schema, app)
  world = createWorld(schema)
  return () => world.close()
})

const placeOf = (patient: string): Place => ({ table: 'note', column: 'document', row: 'r1', patient })
const rowsOf = async (patient: string) =>
  (await pool.query(`select version, service_key_id from ${schema}.data_key where patient_id = $1`, [patient])).rows
const unavailable = { code: 'unavailable', status: 503 }

test('the schema installs twice, also for an owner who may not make schemas, and keeps service keys from deletion', async () => {
  const name = `"${schema}"`
  await installKeysSchema(admin, schema, app)
  const owner = `${schema}_owner`
  await admin.query(`create role ${owner}; alter schema ${name} owner to ${owner};
    alter table ${name}.data_key owner to ${owner}; alter table ${name}.service_key owner to ${owner}`)
  const ownerPool = onDatabase({ options: `-c role=${owner}` })
  await admin.query(`grant delete on ${name}.service_key to ${app}`)
  await installKeysSchema(ownerPool, schema, app)
  await ownerPool.end()
  await expect(pool.query(`delete from ${name}.service_key`)).rejects.toMatchObject({ code: '42501' })
  await expect(pool.query(`create table ${name}.t ()`)).rejects.toMatchObject({ code: '42501' })
  await admin.query(`drop owned by ${owner} cascade; drop role ${owner}`)
})

test('processes that start at once share the keys that one of them made', async () => {
  const envelopes = await Promise.all(Array.from({ length: 6 }, () => world.open()))
  const { rows } = await pool.query(`select id from ${schema}.service_key order by id`)
  expect(rows).toEqual([{ id: 'data-1' }, { id: 'index-1' }])
  const indexes = envelopes.map((envelope) => envelope.blindIndex('patient.name', 64)('muller'))
  expect(new Set(indexes).size).toBe(1)
  const patient = randomUUID()
  const sealed = await envelopes[0]?.sealer.seal(placeOf(patient), 'secret')
  for (const { sealer } of envelopes)
    expect((await sealer.open(placeOf(patient), sealed ?? Buffer.alloc(0))).toString()).toBe('secret')
})

test('first uses of a patient at once, in several processes, end with one key that opens everything', async () => {
  const envelopes = await Promise.all([world.open(), world.open(), world.open()])
  const patient = randomUUID()
  const texts = Array.from({ length: 20 }, (_, at) => `secret ${at}`)
  const all = await Promise.all(
    envelopes.map(({ sealer }) => Promise.all(texts.map((text) => sealer.seal(placeOf(patient), text)))),
  )
  expect(await rowsOf(patient)).toEqual([{ version: 1, service_key_id: 'data-1' }])
  const late = await world.open()
  const opened = await Promise.all(all.flat().map((one) => late.sealer.open(placeOf(patient), one)))
  expect(opened.map(String)).toEqual([...texts, ...texts, ...texts])
  expect(world.queries.filter((text) => text.includes('dek_load')).length).toBeLessThanOrEqual(7)
})

test('a list costs one query, then opens without waiting and without the KMS', async () => {
  const writer = await world.open()
  const patients = Array.from({ length: 50 }, () => randomUUID())
  const sealed = await Promise.all(patients.map((patient) => writer.sealer.seal(placeOf(patient), patient)))
  const { sealer } = await world.open()
  const unwraps = world.state.unwraps
  world.queries.length = 0
  expect(() => sealer.openSync(placeOf(patients[0] ?? ''), sealed[0] ?? Buffer.alloc(0))).toThrow(/no-key/)
  await Promise.all([sealer.prefetch(patients), sealer.prefetch(patients.toReversed())])
  const opened = sealed.map((one, at) => sealer.openSync(placeOf(patients[at] ?? ''), one))
  expect(opened.map(String)).toEqual(patients)
  await sealer.prefetch(patients)
  expect(world.queries).toHaveLength(1)
  expect(world.state.unwraps).toBe(unwraps)
})

test('a data key moved to another patient opens nothing, and harms no one else', async () => {
  const { sealer } = await world.open()
  const [a, b] = [randomUUID(), randomUUID()]
  const sealedA = await sealer.seal(placeOf(a), 'of a')
  const sealedB = await sealer.seal(placeOf(b), 'of b')
  await pool.query(
    `update ${schema}.data_key set wrapped = (select wrapped from ${schema}.data_key where patient_id = $1)
                     where patient_id = $2`,
    [a, b],
  )
  const late = await world.open()
  await late.sealer.prefetch([a, b])
  expect(late.sealer.openSync(placeOf(a), sealedA).toString()).toBe('of a')
  await expect(late.sealer.open(placeOf(b), sealedB)).rejects.toMatchObject({ reason: 'broken' })
  await expect(late.sealer.seal(placeOf(b), 'more')).rejects.toThrow(/does not open/)
})

test('shredding makes what was sealed unreadable, here at once and elsewhere within five minutes', async () => {
  const [here, elsewhere] = [await world.open(), await world.open()]
  const [gone, stays] = [randomUUID(), randomUUID()]
  const sealed = await here.sealer.seal(placeOf(gone), 'secret')
  const other = await here.sealer.seal(placeOf(stays), 'secret')
  await elsewhere.sealer.open(placeOf(gone), sealed)
  expect(await here.dataKeys.shred(gone)).toBe(1)
  await expect(here.sealer.open(placeOf(gone), sealed)).rejects.toMatchObject({ reason: 'no-key' })
  expect(() => here.sealer.openSync(placeOf(gone), sealed)).toThrow(/no-key/)
  world.clock.advance(300_000)
  await elsewhere.serviceKeys.recheck()
  await expect(elsewhere.sealer.open(placeOf(gone), sealed)).rejects.toMatchObject({ reason: 'no-key' })
  await here.sealer.seal(placeOf(gone), 'a new key does not bring the old one back')
  await expect(here.sealer.open(placeOf(gone), sealed)).rejects.toMatchObject({ reason: 'broken' })
  expect((await here.sealer.open(placeOf(stays), other)).toString()).toBe('secret')
})

test('a load under way while its patient is shredded leaves nothing in memory', async () => {
  const { sealer, dataKeys } = await world.open()
  const patient = randomUUID()
  await sealer.seal(placeOf(patient), 'secret')
  dataKeys.forget(patient)
  const slow = Promise.withResolvers<void>()
  world.line.open = slow.promise
  const load = dataKeys.find(patient)
  world.line.open = Promise.resolve()
  await dataKeys.shred(patient)
  slow.resolve()
  await load
  expect(dataKeys.peek(patient)).toBeUndefined()
})

test('a revoked KMS key stops sealing and opening at the next check; a restored one lets them go on', async () => {
  const { sealer, serviceKeys, dataKeys } = await world.open()
  const patient = randomUUID()
  const sealed = await sealer.seal(placeOf(patient), 'secret')
  world.revoke('service/records')
  await serviceKeys.recheck()
  await expect(sealer.open(placeOf(patient), sealed)).rejects.toMatchObject(unavailable)
  await expect(sealer.seal(placeOf(patient), 'secret')).rejects.toMatchObject(unavailable)
  await expect(sealer.prefetch([patient])).rejects.toMatchObject(unavailable)
  expect(() => sealer.openSync(placeOf(patient), sealed)).toThrow(expect.objectContaining(unavailable))
  expect(() => serviceKeys.indexKey()).toThrow(expect.objectContaining(unavailable))
  await expect(world.open()).rejects.toMatchObject({ name: 'KmsError', reason: 'unknown-key' })
  world.restore('service/records')
  await serviceKeys.recheck()
  expect(dataKeys.peek(patient)).toBeUndefined()
  expect((await sealer.open(placeOf(patient), sealed)).toString()).toBe('secret')
})

test('a silent KMS is borne for five minutes, then answers 503', async () => {
  const { sealer, serviceKeys } = await world.open()
  const patient = randomUUID()
  const sealed = await sealer.seal(placeOf(patient), 'secret')
  world.state.down = true
  world.clock.advance(299_000)
  await serviceKeys.recheck()
  expect((await sealer.open(placeOf(patient), sealed)).toString()).toBe('secret')
  world.clock.advance(2000)
  await serviceKeys.recheck()
  await expect(sealer.open(placeOf(patient), sealed)).rejects.toMatchObject(unavailable)
  world.state.down = false
  await serviceKeys.recheck()
  expect((await sealer.open(placeOf(patient), sealed)).toString()).toBe('secret')
})

test('a key store that is away answers 503 for what is not in memory', async () => {
  const { sealer } = await world.open()
  const [known, unknown] = [randomUUID(), randomUUID()]
  const sealed = await sealer.seal(placeOf(known), 'secret')
  await admin.query(`alter schema ${schema} rename to ${schema}_away`)
  expect((await sealer.open(placeOf(known), sealed)).toString()).toBe('secret')
  await expect(sealer.open(placeOf(unknown), sealed)).rejects.toMatchObject(unavailable)
  await expect(sealer.seal(placeOf(unknown), 'secret')).rejects.toMatchObject(unavailable)
})

test('a patient’s key rotates: old data still opens, also where the new key is not known yet', async () => {
  const [here, elsewhere] = [await world.open(), await world.open()]
  const patient = randomUUID()
  const old = await here.sealer.seal(placeOf(patient), 'old')
  await elsewhere.sealer.open(placeOf(patient), old)
  await here.dataKeys.rotate(patient)
  const fresh = await here.sealer.seal(placeOf(patient), 'new')
  expect([old.readUInt32BE(2), fresh.readUInt32BE(2)]).toEqual([1, 2])
  for (const { sealer } of [here, elsewhere]) {
    expect((await sealer.open(placeOf(patient), old)).toString()).toBe('old')
    expect((await sealer.open(placeOf(patient), fresh)).toString()).toBe('new')
  }
})

test('service keys and the KMS key rotate under a running process, with nothing unreadable', async () => {
  const running = await world.open()
  const patients = Array.from({ length: 7 }, () => randomUUID())
  const sealed = await Promise.all(patients.map((patient) => running.sealer.seal(placeOf(patient), patient)))
  const readAll = async (envelope: Envelope) => {
    for (const patient of patients) envelope.dataKeys.forget(patient)
    return (await Promise.all(sealed.map((one, at) => envelope.sealer.open(placeOf(patients[at] ?? ''), one)))).map(
      String,
    )
  }
  expect(await rotateServiceKey(world.scope, 'service/records')).toBe('data-2')
  expect(await rewrapDataKeys({ ...world.scope, serviceKeys: running.serviceKeys }, 3)).toBe(7)
  expect(await readAll(running)).toEqual(patients)
  const { rows } = await pool.query(`select distinct service_key_id as id from ${schema}.data_key`)
  expect(rows).toEqual([{ id: 'data-2' }])
  expect(await rewrapServiceKeys(world.scope, 'service/records-2')).toBe(3)
  world.revoke('service/records')
  await running.serviceKeys.recheck()
  expect(await readAll(running)).toEqual(patients)
  expect(await readAll(await world.open())).toEqual(patients)
})

test('neither store nor errors hold a key or patient data in clear', async () => {
  const { sealer } = await world.open()
  const patient = randomUUID()
  const sealed = await sealer.seal(placeOf(patient), 'Erika Muster')
  expect(sealed.includes('Erika')).toBe(false)
  sealed.writeUInt8(sealed.readUInt8(20) ^ 1, 20)
  const error: unknown = await sealer.open(placeOf(patient), sealed).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'SealError', message: 'Cannot open records.note.document: broken' })
})

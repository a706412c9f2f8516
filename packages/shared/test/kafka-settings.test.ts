import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/config/slice.ts'
import { messagingSlice } from '../src/config/slices.ts'
import { kafkaSettingsOf } from '../src/runtime/kafka-settings.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'wellgate-kafka-'))
  for (const name of ['ca', 'cert', 'key']) writeFileSync(join(dir, name), `${name} text`)
})
afterAll(() => rmSync(dir, { recursive: true }))

const settings = (env: Readonly<Record<string, string>>) =>
  kafkaSettingsOf(readConfig([messagingSlice], { WELLGATE_KAFKA_BROKERS: 'a:9092,b:9092', ...env }))

const brokers = ['a:9092', 'b:9092']
const user = { WELLGATE_KAFKA_SASL_USERNAME: 'records', WELLGATE_KAFKA_SASL_PASSWORD: 'hunter2' }
const tls = { WELLGATE_KAFKA_TLS: 'true' }

test('brokers alone are reached in clear, without a user', () => {
  expect(settings({})).toEqual({ brokers })
})

test("TLS rests on the system's authorities, or on those of a file, with a certificate where one is given", () => {
  expect(settings(tls)).toEqual({ brokers, ssl: true })
  expect(settings({ ...tls, WELLGATE_KAFKA_CA_FILE: join(dir, 'ca') })).toEqual({ brokers, ssl: { ca: 'ca text' } })
  const own = { WELLGATE_KAFKA_CERT_FILE: join(dir, 'cert'), WELLGATE_KAFKA_KEY_FILE: join(dir, 'key') }
  expect(settings({ ...tls, ...own })).toEqual({ brokers, ssl: { cert: 'cert text', key: 'key text' } })
})

test.each(['plain', 'scram-sha-256', 'scram-sha-512'])('a user is known by %s', (mechanism) => {
  expect(settings({ ...tls, ...user, WELLGATE_KAFKA_SASL_MECHANISM: mechanism })).toEqual({
    brokers,
    ssl: true,
    sasl: { mechanism, username: 'records', password: 'hunter2' },
  })
})

test.each([
  ['BROKERS is missing', { WELLGATE_KAFKA_BROKERS: '' }],
  ['CA_FILE is set, but WELLGATE_KAFKA_TLS is not', { WELLGATE_KAFKA_CA_FILE: '/ca' }],
  ['CA_FILE names a file that cannot be read: ENOENT', { ...tls, WELLGATE_KAFKA_CA_FILE: '/no/such/file' }],
  ['KEY_FILE is missing', { ...tls, WELLGATE_KAFKA_CERT_FILE: import.meta.filename }],
  ['CERT_FILE is missing', { ...tls, WELLGATE_KAFKA_KEY_FILE: import.meta.filename }],
  ['SASL_USERNAME is set, but', { WELLGATE_KAFKA_SASL_USERNAME: 'records' }],
  ['SASL_PASSWORD is set, but', { WELLGATE_KAFKA_SASL_PASSWORD: 'hunter2' }],
  ['SASL_PASSWORD is missing', { WELLGATE_KAFKA_SASL_MECHANISM: 'scram-sha-256', WELLGATE_KAFKA_SASL_USERNAME: 'r' }],
  ['SASL_USERNAME is missing', { WELLGATE_KAFKA_SASL_MECHANISM: 'scram-sha-256', WELLGATE_KAFKA_SASL_PASSWORD: 'h' }],
  ['SASL_MECHANISM is plain', { ...user, WELLGATE_KAFKA_SASL_MECHANISM: 'plain' }],
])('a contradiction is one line that names its variable: %s', (start, env) => {
  let thrown: unknown
  try {
    settings(env)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(ConfigError)
  const { lines } = thrown as ConfigError
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain(`WELLGATE_KAFKA_${start}`)
  expect(lines[0]).toMatch(/\(docs\/environment\.md#wellgate_kafka_\w+\)$/)
  expect(lines[0]).not.toContain('hunter2')
})

import { expect, test } from 'vitest'
import { readConfig } from '../config/slice.ts'
import { serviceSlices } from './config.ts'
import { contradictionsOf } from './contradictions.ts'

const VALID = {
  WELLGATE_ENV: 'development',
  WELLGATE_DEPLOYMENT: 'lab',
  DATABASE_URL: 'postgres://patients_app:hunter2@localhost/wellgate',
  WELLGATE_KEYRING_FILE: '/run/keys.json',
  WELLGATE_JWKS_URL: 'http://identity/jwks.json',
}
const KAFKA = { WELLGATE_TRANSPORT: 'kafka', WELLGATE_KAFKA_BROKERS: 'a:9092' }

const linesFor = (env: Readonly<Record<string, string>>) =>
  contradictionsOf(readConfig(serviceSlices, { ...VALID, ...env }))

test.each([
  {},
  { WELLGATE_HTTP_PORT: '0', WELLGATE_OPS_PORT: '0' },
  KAFKA,
  { WELLGATE_ENV: 'production', WELLGATE_KEYRING_IN_PRODUCTION: 'true' },
])('nothing is said of what fits together: %o', (env) => {
  expect(linesFor(env)).toEqual([])
})

test.each([
  ['WELLGATE_OPS_PORT', { WELLGATE_HTTP_PORT: '9090' }],
  ['WELLGATE_KAFKA_BROKERS', { WELLGATE_TRANSPORT: 'kafka' }],
  ['WELLGATE_KAFKA_BROKERS', { WELLGATE_KAFKA_BROKERS: 'a:9092' }],
  ['WELLGATE_KAFKA_KEY_FILE', { ...KAFKA, WELLGATE_KAFKA_TLS: 'true', WELLGATE_KAFKA_CERT_FILE: import.meta.filename }],
  ['WELLGATE_KAFKA_CA_FILE', { ...KAFKA, WELLGATE_KAFKA_CA_FILE: import.meta.filename }],
  ['WELLGATE_KAFKA_SASL_PASSWORD', { ...KAFKA, WELLGATE_KAFKA_SASL_PASSWORD: 'hunter2' }],
  ['WELLGATE_KEYRING_FILE', { WELLGATE_ENV: 'production' }],
])('a contradiction is one line about %s, without a value', (name, env) => {
  const lines = linesFor(env)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(new RegExp(`^${name} .*\\(docs/environment\\.md#${name.toLowerCase()}\\)$`))
  expect(lines[0]).not.toContain('hunter2')
})

test('all of them are told at once', () => {
  expect(
    linesFor({ WELLGATE_ENV: 'production', WELLGATE_HTTP_PORT: '9090', WELLGATE_TRANSPORT: 'kafka' }),
  ).toHaveLength(3)
})

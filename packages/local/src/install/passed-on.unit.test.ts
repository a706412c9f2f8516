import { expect, test } from 'vitest'
import { UserError } from '../options.ts'
import { passedOn } from './passed-on.ts'

const KAFKA = { transport: 'kafka', brokers: 'broker:9093' } as const
const POSTGRES = { transport: 'postgres', brokers: null } as const
const GUARD = {
  WELLGATE_KAFKA_TLS: 'true',
  WELLGATE_KAFKA_CA_FILE: import.meta.filename,
  WELLGATE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
  WELLGATE_KAFKA_SASL_USERNAME: 'wellgate',
  WELLGATE_KAFKA_SASL_PASSWORD: 'hunter2',
}
const TRACES = { WELLGATE_TRACES_URL: 'http://127.0.0.1:4318/v1/traces', WELLGATE_TRACES_SAMPLE_RATIO: '1' }

test("a broker's TLS and user, and where traces go, reach the services; nothing else of the shell does", () => {
  const stray = {
    WELLGATE_POOL_MAX: '99',
    WELLGATE_TRANSPORT: 'postgres',
    WELLGATE_KAFKA_BROKERS: 'other:1',
    HOME: '/',
  }
  const { everywhere, services, kafka } = passedOn({ ...GUARD, ...TRACES, ...stray }, KAFKA)
  expect(everywhere).toEqual(TRACES)
  expect(services).toEqual(GUARD)
  expect(kafka).toEqual({
    brokers: ['broker:9093'],
    ssl: { ca: expect.stringContaining('import') },
    sasl: { mechanism: 'scram-sha-512', username: 'wellgate', password: 'hunter2' },
  })
})

test('without Kafka, nothing of it is passed on', () => {
  expect(passedOn(GUARD, POSTGRES)).toEqual({ everywhere: {}, services: {}, kafka: null })
})

test.each([
  [{ ...GUARD, WELLGATE_KAFKA_TLS: '' }, KAFKA, 'WELLGATE_KAFKA_CA_FILE is set, but WELLGATE_KAFKA_TLS is not true'],
  [{ ...GUARD, WELLGATE_KAFKA_TLS: 'yes' }, KAFKA, 'WELLGATE_KAFKA_TLS is not valid: expected true or false'],
  [{ WELLGATE_TRACES_URL: 'collector:4318' }, POSTGRES, 'WELLGATE_TRACES_URL is not valid'],
  [{ ...TRACES, WELLGATE_TRACES_SAMPLE_RATIO: '10' }, POSTGRES, 'WELLGATE_TRACES_SAMPLE_RATIO is not valid'],
] as const)('a mistake is told by its variable: %o', (env, options, message) => {
  expect(() => passedOn(env, options)).toThrow(message)
  expect(() => passedOn(env, options)).toThrow(UserError)
  expect(() => passedOn(env, options)).not.toThrow('hunter2')
})

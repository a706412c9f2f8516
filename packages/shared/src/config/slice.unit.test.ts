import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigError, defineSlice, readConfig } from './slice.ts'
import { cryptoSlice, databaseSlice, messagingSlice, processSlice, tokenSlice } from './slices.ts'

const slice = defineSlice({
  WELLGATE_DEPLOYMENT: z.string().min(3).describe('the id of this installation'),
  WELLGATE_POOL_MAX: z.coerce.number().int().min(2).default(10).describe('a whole number, at least 2'),
})
const secret = defineSlice({
  DATABASE_URL: z
    .string()
    .regex(/^postgres:/)
    .describe('a postgres:// URL'),
})

function linesOf(read: () => unknown): readonly string[] {
  try {
    read()
  } catch (error) {
    if (error instanceof ConfigError) return error.lines
    throw error
  }
  return []
}

describe('readConfig', () => {
  test('reads every slice, converts, and fills in defaults', () => {
    const config = readConfig([slice, secret], {
      WELLGATE_DEPLOYMENT: 'lab',
      DATABASE_URL: 'postgres://h/d',
      PATH: '/bin',
    })
    expect(config).toEqual({ WELLGATE_DEPLOYMENT: 'lab', WELLGATE_POOL_MAX: 10, DATABASE_URL: 'postgres://h/d' })
  })

  test('names all problems at once: wrong, missing and unknown', () => {
    const env = { WELLGATE_POOL_MAX: 'many', WELLGATE_POOL_MIN: '1', WELLGATE_DEPLOYMENT: 'lab' }
    expect(linesOf(() => readConfig([slice, secret], env))).toEqual([
      'WELLGATE_POOL_MAX is not valid: expected a whole number, at least 2 (docs/environment.md#wellgate_pool_max)',
      'DATABASE_URL is missing: expected a postgres:// URL (docs/environment.md#database_url)',
      'WELLGATE_POOL_MIN is not known here: probably a typo of WELLGATE_POOL_MAX (docs/environment.md#wellgate_pool_max)',
    ])
  })

  test('what is like no other is not taken for a typo', () => {
    const env = { DATABASE_URL: 'postgres://h/d', WELLGATE_DEPLOYMENT: 'lab', WELLGATE_FOO: '1' }
    const short = { WELLGATE_ENV: z.string().optional() }
    expect(linesOf(() => readConfig([slice, secret, short], env))).toEqual([
      'WELLGATE_FOO is not known here (docs/environment.md#variables)',
    ])
  })

  test('the error shows each problem on a line of its own', () => {
    expect(() => readConfig([slice, secret], {})).toThrow(
      /^The configuration is not valid:\n {2}WELLGATE_DEPLOYMENT .*\n {2}DATABASE_URL .*$/,
    )
  })

  test('never tells the value of a variable, not even of an unknown one', () => {
    const env = { DATABASE_URL: 'mysql://root:hunter2@db/x', WELLGATE_DEPLOYMENT: 'x7', WELLGATE_KEY: 'hunter2' }
    const lines = linesOf(() => readConfig([slice, secret], env))
    expect(lines).toHaveLength(3)
    expect(lines.join('\n')).not.toMatch(/hunter2|mysql|x7/)
  })

  test.each(['', ' ', '\t\n'])('a blank value counts as missing: %j', (blank) => {
    const env = { WELLGATE_DEPLOYMENT: blank, WELLGATE_POOL_MAX: blank }
    expect(linesOf(() => readConfig([slice], env))).toEqual([
      'WELLGATE_DEPLOYMENT is missing: expected the id of this installation (docs/environment.md#wellgate_deployment)',
    ])
    expect(readConfig([slice], { ...env, WELLGATE_DEPLOYMENT: 'lab' }).WELLGATE_POOL_MAX).toBe(10)
  })

  test('an unknown variable that resembles none is pointed to the list', () => {
    const env = { WELLGATE_DEPLOYMENT: 'lab', WELLGATE_TELEMETRY_ENDPOINT: '1' }
    expect(linesOf(() => readConfig([slice], env))).toEqual([
      'WELLGATE_TELEMETRY_ENDPOINT is not known here (docs/environment.md#variables)',
    ])
  })

  test('known names of others, and names without our prefix, are let pass', () => {
    const env = { WELLGATE_DEPLOYMENT: 'lab', WELLGATE_OTHER: '1', POSTGRES_USER: 'x' }
    expect(linesOf(() => readConfig([slice], env, ['WELLGATE_OTHER']))).toEqual([])
  })
})

const slices = [processSlice, databaseSlice, cryptoSlice, messagingSlice, tokenSlice] as const
const env = {
  WELLGATE_DEPLOYMENT: 'clinic-1',
  DATABASE_URL: 'postgres://app@db/records',
  WELLGATE_KEYRING_FILE: '/keys/records.json',
  WELLGATE_JWKS_URL: 'http://identity:8080/.well-known/jwks.json',
}

describe('the slices of the platform', () => {
  test('need only what has no sensible default', () => {
    expect(readConfig(slices, env)).toMatchObject({
      WELLGATE_ENV: 'production',
      WELLGATE_HTTP_HOST: '127.0.0.1',
      WELLGATE_HTTP_PORT: 8080,
      WELLGATE_BEHIND_GATEWAY: false,
      WELLGATE_KEYRING_IN_PRODUCTION: false,
      WELLGATE_TRANSPORT: 'postgres',
      DIRECT_DATABASE_URL: undefined,
    })
  })

  test('split the brokers and read flags', () => {
    const more = { WELLGATE_KAFKA_BROKERS: 'a:9092,b:9092', WELLGATE_BEHIND_GATEWAY: 'true' }
    expect(readConfig(slices, { ...env, ...more })).toMatchObject({
      WELLGATE_KAFKA_BROKERS: ['a:9092', 'b:9092'],
      WELLGATE_BEHIND_GATEWAY: true,
    })
  })

  test.each([
    ['WELLGATE_DEPLOYMENT', 'Clinic 1'],
    ['WELLGATE_HTTP_PORT', '65536'],
    ['WELLGATE_OPS_PORT', '80a'],
    ['WELLGATE_DRAIN_MS', '-1'],
    ['WELLGATE_POOL_MAX', '1'],
    ['WELLGATE_BEHIND_GATEWAY', 'yes'],
    ['DIRECT_DATABASE_URL', 'localhost'],
    ['KEYS_DATABASE_URL', 'http://db'],
    ['DATABASE_URL', 'postgres://'],
    ['DATABASE_URL', 'postgres://u:p@db:99999/x'],
    ['DATABASE_URL', 'postgres://u:p@:5432/x'],
    ['WELLGATE_KAFKA_BROKERS', 'a,b'],
    ['WELLGATE_JWKS_URL', 'identity'],
  ])('%s is not %s', (name, value) => {
    const lines = linesOf(() => readConfig(slices, { ...env, [name]: value }))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(new RegExp(`^${name} is not valid: expected .{10,}`))
  })

  test('every variable says what it expects: it is the documentation', () => {
    const silent = slices.flatMap((one) => Object.entries(one)).filter(([, schema]) => !schema.description)
    expect(silent).toEqual([])
  })
})

import { ConfigError } from '@wellgate/shared/config/slice'
import { describe, expect, test } from 'vitest'
import { readProvisionConfig, readUrl } from '../src/image/provision-config.ts'

const VALID = {
  ADMIN_DATABASE_URL: 'postgres://postgres:hunter2@db/wellgate',
  RECORDS_OWNER_PASSWORD: 'hunter2',
  RECORDS_APP_PASSWORD: 'hunter2',
}

function linesOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readProvisionConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.lines
    throw error
  }
}

describe('what provision reads', () => {
  test('is what it needs, and no more', () => {
    expect(readProvisionConfig(VALID)).toEqual({
      adminUrl: VALID.ADMIN_DATABASE_URL,
      services: [{ service: 'records', ownerPassword: 'hunter2', appPassword: 'hunter2' }],
    })
    const kafka = { KAFKA_BROKERS: 'a:9092,b:9092', KAFKA_REPLICATION_FACTOR: '1', POSTGRES_PASSWORD: 'x' }
    expect(readProvisionConfig({ ...VALID, ...kafka }).kafka).toEqual({
      brokers: ['a:9092', 'b:9092'],
      replicationFactor: 1,
    })
  })

  test.each([
    ['ADMIN_DATABASE_URL', 'is missing', { ADMIN_DATABASE_URL: '' }],
    ['ADMIN_DATABASE_URL', 'is not valid', { ADMIN_DATABASE_URL: 'mysql://root:hunter2@db' }],
    ['ADMIN_DATABASE_URL', 'is not valid', { ADMIN_DATABASE_URL: 'postgres://root:hunter2@db:port' }],
    ['RECORDS_APP_PASSWORD', 'is missing', { RECORDS_APP_PASSWORD: '' }],
    ['PATIENT_OWNER_PASSWORD', 'is of no service', { PATIENT_OWNER_PASSWORD: 'hunter2' }],
    ['KAFKA_BROKERS', 'is not valid', { KAFKA_BROKERS: 'kafka' }],
    ['KAFKA_REPLICATION_FACTOR', 'is not valid', { KAFKA_REPLICATION_FACTOR: 'three' }],
  ])('%s %s: one line, without a value', (name, what, env) => {
    const lines = linesOf({ ...VALID, ...env })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(new RegExp(`^${name} ${what}.* \\(deploy/README\\.md#images\\)$`))
    expect(lines[0]).not.toContain('hunter2')
  })

  test('is told all at once', () => {
    expect(linesOf({ KAFKA_BROKERS: 'kafka' })).toHaveLength(3)
  })
})

test("a migration's URL is told of in the same way", () => {
  expect(() => readUrl({ OWNER_DATABASE_URL: 'hunter2' }, 'OWNER_DATABASE_URL', 'the owner')).toThrow(
    'OWNER_DATABASE_URL is not valid: expected a postgres:// URL of the owner (deploy/README.md#images)',
  )
})

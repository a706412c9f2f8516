import { expect, test } from 'vitest'
import { platformErrors } from '../errors/platform-errors.ts'
import { DomainError } from '../errors/problem.ts'
import { mapSqlState, sqlStateOf } from './sqlstate.ts'

const pgError = (code: string, constraint?: string): Error =>
  Object.assign(new Error('as pg says it'), { code, constraint })

test('a broken constraint that the table names becomes its error, with the original as cause', () => {
  const original = pgError('23505', 'patient_mrn_key')
  const mapped = mapSqlState(original, { patient_mrn_key: platformErrors.conflict })
  expect(mapped).toBeInstanceOf(DomainError)
  expect(mapped).toMatchObject({ code: 'conflict', status: 409, cause: original })
})

test.each(['toString', 'constructor', 'unknown_key'])(
  'a constraint that the table does not name stays as it was: %s',
  (name) => {
    const original = pgError('23505', name)
    expect(mapSqlState(original, { patient_mrn_key: platformErrors.conflict })).toBe(original)
  },
)

test.each([
  '08006',
  '53300',
  '40001',
  '40P01',
  '57P01',
  '57014',
  '55P03',
  '25006',
  'ECONNREFUSED',
  'EAI_AGAIN',
  'P1001',
  'P2024',
])('where a repeat may help the answer is 503: %s', (code) => {
  expect(mapSqlState(pgError(code))).toMatchObject({ code: 'unavailable', status: 503, details: { retryAfter: 1 } })
})

test('whatever the server ends a connection for, or makes none, is not the statement', () => {
  const refused = Object.assign(pgError('28P01'), { severity: 'FATAL' })
  expect(mapSqlState(refused)).toMatchObject({ code: 'unavailable', status: 503, cause: refused })
  const bug = Object.assign(pgError('42501'), { severity: 'ERROR' })
  expect(mapSqlState(bug)).toBe(bug)
})

test.each(['42P01', '22P02', '42501', 'P0001', 'P2002', 'ENOENT'])('a bug stays a bug: %s', (code) => {
  const original = pgError(code)
  expect(mapSqlState(original)).toBe(original)
})

test.each([
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
  'Cannot use a pool after calling end on the pool',
])('what pg says without a code is known: %s', (message) => {
  expect(mapSqlState(new Error(message))).toMatchObject({ code: 'unavailable' })
  expect(mapSqlState(new Error(`a row that says ${message}`))).not.toBeInstanceOf(DomainError)
})

test('a host with two addresses fails with an aggregate', () => {
  const failures = [pgError('ECONNREFUSED'), pgError('ECONNREFUSED')]
  expect(mapSqlState(new AggregateError(failures))).toMatchObject({ code: 'unavailable' })
})

test.each([undefined, null, 'text', 7, {}])('anything may be thrown: %s', (thrown) => {
  expect(mapSqlState(thrown)).toBe(thrown)
})

test('the SQLSTATE is found behind a mapped error', () => {
  expect(sqlStateOf(mapSqlState(pgError('40001')))).toBe('40001')
  expect(sqlStateOf(new Error('no state'))).toBeUndefined()
})

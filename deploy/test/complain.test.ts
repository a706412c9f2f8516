import process from 'node:process'
import { ConfigError } from '@wellgate/shared/config/slice'
import { afterEach, expect, test, vi } from 'vitest'
import { complain } from '../src/image/complain.ts'

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

/** What is said of an error, and the code that the process would end with. */
function told(error: unknown): [string, unknown] {
  let text = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk)
    return true
  })
  complain('migrate', error)
  return [text, process.exitCode]
}

test("of a driver's error its name and code are said, never its message, which may quote a row", () => {
  const error = new Error('invalid input syntax for type uuid: "Ingrid Okafor-Lindqvist"')
  expect(told(Object.assign(error, { name: 'DatabaseError', code: '22P02' }))).toEqual([
    'migrate: DatabaseError 22P02\n',
    1,
  ])
})

test('what the system says is said: which file, which address', () => {
  const error = new Error("ENOENT: no such file or directory, open '/keys/ring'")
  expect(told(Object.assign(error, { code: 'ENOENT', syscall: 'open' }))).toEqual([`migrate: ${error.message}\n`, 1])
})

test('of our own errors the first line is said', () => {
  expect(told(new Error('the keyring is not there\nat /keys'))).toEqual(['migrate: the keyring is not there\n', 1])
})

test('of variables that are wrong each is said', () => {
  expect(told(new ConfigError(['A is missing', 'B is missing']))).toEqual([
    'migrate: A is missing\nmigrate: B is missing\n',
    78,
  ])
})

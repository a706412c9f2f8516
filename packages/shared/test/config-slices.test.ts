import { expect, test } from 'vitest'
import { readConfig } from '../src/config/slice.ts'
import { databaseSlice } from '../src/config/slices.ts'

const database = (more: Readonly<Record<string, string>>) =>
  readConfig([databaseSlice], { DATABASE_URL: 'postgres://app@db/records', ...more })

// A transaction that seals takes a second connection: with few, each of them could wait for the others.
test('a pool is never so small that its transactions wait for one another', () => {
  expect(() => database({ WELLGATE_POOL_MAX: '4' })).toThrow(/WELLGATE_POOL_MAX is not valid: expected .* at least 5/)
  expect(database({ WELLGATE_POOL_MAX: '5' }).WELLGATE_POOL_MAX).toBe(5)
})

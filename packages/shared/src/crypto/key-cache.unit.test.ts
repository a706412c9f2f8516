import { expect, test } from 'vitest'
import { createFakeClock } from '../../test/crypto-fakes.ts'
import { createKeyCache, MAX_KEY_AGE_MS } from './key-cache.ts'

test('drops the least recently used beyond the cap', () => {
  const cache = createKeyCache<number>({ max: 2, ttlMs: 1000, now: () => 0 })
  cache.set('a', 1)
  cache.set('b', 2)
  expect(cache.get('a')).toBe(1)
  cache.set('c', 3)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3])
})

test('keeps nothing beyond five minutes, whatever was asked', () => {
  const clock = createFakeClock()
  const cache = createKeyCache<number>({ max: 9, ttlMs: MAX_KEY_AGE_MS * 10, now: clock.now })
  cache.set('a', 1)
  clock.advance(MAX_KEY_AGE_MS - 1)
  expect(cache.get('a')).toBe(1)
  clock.advance(1)
  expect(cache.get('a')).toBeUndefined()
})

test('does not give what has too little time left', () => {
  const clock = createFakeClock()
  const cache = createKeyCache<number>({ max: 9, ttlMs: 1000, now: clock.now })
  cache.set('a', 1)
  clock.advance(900)
  expect(cache.get('a', 200)).toBeUndefined()
  expect(cache.get('a', 50)).toBe(1)
})

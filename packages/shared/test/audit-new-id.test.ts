import { validate, version } from 'uuid'
import { expect, it } from 'vitest'
import { newId } from '../src/audit/new-id.ts'

it('makes ids of version 7 that hold the time and never come twice', () => {
  const before = Date.now()
  const ids = Array.from({ length: 10_000 }, newId)
  expect(new Set(ids).size).toBe(10_000)
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true)
  const times = ids.map((id) => Number.parseInt(id.replace('-', '').slice(0, 12), 16))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(times.every((time) => time >= before && time <= Date.now())).toBe(true)
})

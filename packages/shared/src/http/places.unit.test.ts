import { expect, it } from 'vitest'
import { createPlaces } from './places.ts'

it('runs at once what there are places for, and the rest in order, whatever became of what had them', async () => {
  const places = createPlaces(10)
  const begun: string[] = []
  const ends = new Map<string, (error?: Error) => void>()
  const work = (name: string, count: number) =>
    places.within(count, () => {
      begun.push(name)
      return new Promise<void>((resolve, reject) => ends.set(name, (error) => (error ? reject(error) : resolve())))
    })
  const few = work('few', 4)
  const fails = work('fails', 6)
  // More than there are: all of them are enough.
  const all = work('all', 25)
  const last = work('last', 1)
  await Promise.resolve()
  expect(begun).toEqual(['few', 'fails'])
  ends.get('fails')?.(new Error('of its own'))
  await expect(fails).rejects.toThrow('of its own')
  expect(begun).toEqual(['few', 'fails'])
  ends.get('few')?.()
  await few
  await expect.poll(() => begun).toEqual(['few', 'fails', 'all'])
  ends.get('all')?.()
  await all
  await expect.poll(() => begun).toEqual(['few', 'fails', 'all', 'last'])
  ends.get('last')?.()
  await last
})

import process from 'node:process'
import { expect, test } from 'vitest'
import { allEvents } from '../../src/contracts/all-events.ts'
import { allRoutes } from '../../src/contracts/all-routes.ts'
import { wireType } from '../../src/messaging/envelope.ts'
import { compareContracts } from './compare.ts'
import { documentOf } from './document.ts'
import { answersOf, goldenContracts, goldenNames, keepContracts } from './golden-files.ts'

/**
 * At a release: `UPDATE_GOLDEN=1 npx vitest run --project shared test/contracts`. It keeps the present contracts only
 * where they break nothing; what is really to be dropped is first taken out of golden/contracts.json by hand.
 */
test('the contracts have only grown since the last release', () => {
  const current = documentOf(allRoutes, allEvents)
  const golden = goldenContracts()
  if (golden) expect(compareContracts(golden, current)).toEqual([])
  if (process.env['UPDATE_GOLDEN'] === '1') keepContracts(current)
  else expect(golden, 'golden/contracts.json is missing').toBeDefined()
})

test('every event of this release has an example, and no other', () => {
  expect(goldenNames('events')).toEqual(allEvents.map(wireType).toSorted())
})

test('every answer of this release that has a body has an example, and no other', () => {
  expect(goldenNames('answers')).toEqual(
    answersOf(allRoutes)
      .map(({ name }) => name)
      .toSorted(),
  )
})

import { scrape, valuesBy } from '@wellgate/shared/testing/scraped'
import { startTestService, type RunningTestService } from '@wellgate/shared/testing/service'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { interopService } from '../src/service.ts'
import { smallBundle } from './bundles.ts'
import { answerAll, read, replayAll, send } from './importing.ts'

let service: RunningTestService
beforeAll(async () => {
  service = await startTestService(interopService)
})
afterAll(() => service?.stop())

it('imports and their resources are counted once, also when their events come again', async () => {
  expect(valuesBy(await scrape(service.opsUrl), 'wellgate_imports_total', 'state')).toEqual({
    received: 0,
    completed: 0,
    failed: 0,
  })
  const importId = await send(service, smallBundle().bundle)
  await answerAll(service, importId)
  const { state, counts } = await read(service, importId)
  expect(state).toBe('completed')
  await replayAll(service, 'lost')
  const series = await scrape(service.opsUrl)
  expect(valuesBy(series, 'wellgate_imports_total', 'state')).toEqual({ received: 1, completed: 1, failed: 0 })
  const sum = (outcome: 'created' | 'setAside') => Object.values(counts).reduce((all, each) => all + each[outcome], 0)
  expect(valuesBy(series, 'wellgate_import_resources_total', 'outcome')).toEqual({
    created: sum('created'),
    unchanged: 0,
    updated: 0,
    'set-aside': sum('setAside'),
  })
  expect(sum('created')).toBeGreaterThan(0)
  expect(sum('setAside')).toBeGreaterThan(0)
})

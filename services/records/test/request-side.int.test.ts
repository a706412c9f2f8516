import { scrape } from '@wellgate/shared/testing/scraped'
import { type RunningTestService, startTestService } from '@wellgate/shared/testing/service'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordsService } from '../src/service.ts'

let service: RunningTestService
beforeAll(async () => {
  service = await startTestService(recordsService, { roles: ['http'] })
})
afterAll(() => service.stop())

it('a process without consumers, relay and jobs tells what waits for them, so that their death shows', async () => {
  const told = async () => {
    const series = await scrape(service.opsUrl)
    return (name: string) => series.filter((one) => one.name === name).map(({ labels }) => Object.values(labels))
  }
  await expect
    .poll(async () => (await told())('wellgate_consumer_lag').map(([group]) => group))
    .toEqual(expect.arrayContaining(['records', 'records.access']))
  const of = await told()
  expect(of('wellgate_outbox_oldest_age_seconds').map(([lane]) => lane)).toEqual(['access', 'default'])
  expect(of('wellgate_parked_events').map(([group]) => group)).toEqual(['records.access', 'records'])
  expect(of('wellgate_job_interval_seconds').map(([name]) => name)).toEqual(['housekeeping'])
  expect(of('wellgate_job_last_success_timestamp_seconds')).toEqual([])
})

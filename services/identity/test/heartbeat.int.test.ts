import { accessHeartbeat } from '@wellgate/shared/contracts/identity/events'
import { startTestService } from '@wellgate/shared/testing/service'
import { expect, test, vi } from 'vitest'
import { heartbeat } from '../src/heartbeat.ts'
import { identityService } from '../src/service.ts'

const beat = (service: Awaited<ReturnType<typeof startTestService>>): Promise<void> =>
  heartbeat(service.running.platform).run(new AbortController().signal)

test('beats from the start in the access lane and is heard', async () => {
  const service = await startTestService(identityService)
  try {
    await vi.waitFor(async () => {
      const { rows } = await service.pool.query(
        `select producer from access_heartbeat where beat_at > now() - interval '1 minute'`,
      )
      expect(rows).toEqual([{ producer: 'identity' }])
    }, 10_000)
    const [first] = await service.published(accessHeartbeat)
    expect(first).toMatchObject({ key: 'identity', payload: { producer: 'identity' } })
    expect(Math.abs((first?.aggregateVersion ?? 0) - Date.now())).toBeLessThan(60_000)
  } finally {
    await service.stop()
  }
})

test('a relay that stands still does not fill the outbox', async () => {
  const service = await startTestService(identityService, { roles: ['http'] })
  try {
    for (let i = 0; i < 3; i++) await beat(service)
    const waiting = `select lane from outbox where type = 'access.heartbeat'`
    expect((await service.pool.query(waiting)).rows).toEqual([{ lane: 'access' }])
  } finally {
    await service.stop()
  }
})

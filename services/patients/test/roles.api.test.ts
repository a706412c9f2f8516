import { createKafkaTransport } from '@wellgate/shared/messaging/kafka/kafka-transport'
import { createLogger } from '@wellgate/shared/observability/logger'
import type { ProcessRole } from '@wellgate/shared/runtime/roles'
import { startTestService, type RunningTestService } from '@wellgate/shared/testing/service'
import { afterEach, expect, it } from 'vitest'
import { patientsService } from '../src/service.ts'
import { at } from './support.ts'

let service: RunningTestService
afterEach(() => service.stop())

/** With a broker that nobody answers for. */
async function startWithoutBroker(roles: readonly ProcessRole[]): Promise<void> {
  const log = createLogger({ service: 'patients', level: 'silent' })
  const transport = createKafkaTransport({ brokers: ['127.0.0.1:9'], clientId: 'patients', log })
  service = await startTestService(patientsService, { roles, overrides: { transport } })
}

it('a request side serves while the broker is away: what it tells others waits in its outbox', async () => {
  await startWithoutBroker(['http'])
  expect((await fetch(`${service.opsUrl}/readyz`)).status).toBe(200)
  expect((await at(service).register()).status).toBe(201)
})

it.each(['consumers', 'relay'] as const)('a process of the role %s is not ready then, and alive', async (role) => {
  await startWithoutBroker([role])
  const answer = await fetch(`${service.opsUrl}/readyz`)
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ failing: ['transport'] })
  expect((await fetch(`${service.opsUrl}/livez`)).status).toBe(200)
})

import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createKafkaTransport } from '../../src/messaging/kafka/kafka-transport.ts'
import { silent } from './fixtures.ts'

test('a transport that has no answer from its broker yet closes at once', async () => {
  const sockets: Socket[] = []
  const broker = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    broker.close()
  })
  await once(broker, 'listening')
  const { port } = broker.address() as AddressInfo
  const transport = createKafkaTransport({ brokers: [`127.0.0.1:${port}`], clientId: 'records', log: silent })
  const asked = transport.health().then(
    () => 'answered',
    () => 'failed',
  )
  await once(broker, 'connection')
  // Far below the 30 s that kafkajs waits for an answer, twice: the test's own limit.
  await transport.close()
  for (const socket of sockets) socket.destroy()
  broker.close()
  expect(await asked).toBe('failed')
}, 10_000)

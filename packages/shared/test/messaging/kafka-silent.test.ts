import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createKafkaTransport } from '../../src/messaging/kafka/kafka-transport.ts'
import { silent } from './fixtures.ts'

test.each(['has not asked yet', 'has no answer'])(
  'a transport that %s at its broker closes at once',
  async (state) => {
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
    const [asking] = (await once(broker, 'connection')) as [Socket]
    if (state === 'has no answer') await once(asking, 'data')
    // Far below the 30 s that kafkajs waits for an answer, twice: the test's own limit.
    await transport.close()
    for (const socket of sockets) socket.destroy()
    broker.close()
    expect(await asked).toBe('failed')
  },
  10_000,
)

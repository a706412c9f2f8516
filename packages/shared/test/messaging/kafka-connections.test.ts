import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createConnections } from '../../src/messaging/kafka/connections.ts'

async function connected() {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connections = createConnections()
  const connect = () =>
    connections.socketFactory({ host: '127.0.0.1', port, ssl: undefined as never, onConnect: () => undefined })
  const socket = connect()
  await once(socket, 'connect')
  return { socket, connect, cut: connections.cut }
}

test('connections that are cut fail, and no other is made', async () => {
  const { socket, connect, cut } = await connected()
  const failed = once(socket, 'error')
  cut()
  expect(await failed).toMatchObject([{ message: 'no answer when the client left' }])
  expect(connect).toThrow('the client has left its broker')
})

test('a connection that is gone gathers no listeners, however often it is let go of', async () => {
  const { socket } = await connected()
  socket.destroy()
  for (let time = 0; time < 20; time++) socket.unref()
  expect(socket.listenerCount('connect')).toBe(0)
})

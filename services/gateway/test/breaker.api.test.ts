import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startGateway, startUpstream } from './harness.ts'

let upstream: Awaited<ReturnType<typeof startUpstream>>
let gateway: Awaited<ReturnType<typeof startGateway>>
const sockets: Socket[] = []
beforeEach(async () => {
  upstream = await startUpstream()
  gateway = await startGateway({ WELLGATE_UPSTREAM_PATIENTS: upstream.url })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await gateway.stop()
  await upstream.stop()
})

const read = async () => (await fetch(`${gateway.url}/v1/patients/me`)).status

describe('the breaker of a service', () => {
  it('stays shut for callers who go away in the middle of their body', async () => {
    for (let time = 0; time < 8; time++) {
      const arrived = upstream.begun
      const socket = await upload()
      await vi.waitFor(() => expect(upstream.begun).toBe(arrived + 1))
      socket.destroy()
      await vi.waitFor(() => expect(upstream.cut).toBe(time + 1))
    }
    expect(await read()).toBe(200)
  })

  it('stays shut for callers who go away before their answer', async () => {
    upstream.hold()
    for (let time = 0; time < 8; time++) {
      const socket = await open()
      socket.write('GET /v1/patients/me HTTP/1.1\r\nhost: x\r\n\r\n')
      await vi.waitFor(() => expect(upstream.seen.length).toBe(time + 1))
      socket.destroy()
    }
    upstream.release()
    expect(await read()).toBe(200)
  })

  it('opens for a service that is dead, also under bodies that never come, and shuts again', async () => {
    const { port } = upstream
    await upstream.stop()
    for (let time = 0; time < 6; time++) await answerTo(await upload())
    upstream = await startUpstream({}, port)
    expect(await read(), 'the service is up and yet not asked').toBe(503)
    await vi.waitFor(async () => expect(await read()).toBe(200), 5_000)
  })

  it.each(['GET', 'POST'])('opens for a service that hangs up on whole requests by %s', async (method) => {
    upstream.hangUp()
    const [path, rest] = method === 'GET' ? ['/v1/patients/me', {}] : ['/v1/admin/patients', { body: '{}' }]
    for (let time = 0; time < 5; time++) {
      expect((await fetch(gateway.url + path, { method, ...rest })).status).toBe(503)
    }
    const asked = upstream.begun
    expect(await read()).toBe(503)
    expect(upstream.begun).toBe(asked)
  })

  it('half open, is not held by a caller who trickles a body', async () => {
    upstream.hangUp()
    for (let time = 0; time < 5; time++) await read()
    upstream.release()
    const asked = upstream.begun
    await vi.waitFor(async () => {
      await upload()
      expect(upstream.begun).toBeGreaterThan(asked)
    }, 5_000)
    await vi.waitFor(async () => expect(await read()).toBe(200), 4_000)
  })

  it('half open, asks for one caller and refuses the others at once, however long the answer takes', async () => {
    upstream.hangUp()
    for (let time = 0; time < 5; time++) await read()
    upstream.hold()
    const asked = upstream.begun
    const answers: Promise<number>[] = []
    await vi.waitFor(() => {
      answers.push(read())
      expect(upstream.begun).toBe(asked + 1)
    }, 5_000)
    expect(await Promise.all([read(), read()])).toEqual([503, 503])
    expect(upstream.begun, 'the trial alone reached the service').toBe(asked + 1)
    upstream.release()
    expect((await Promise.all(answers)).filter((status) => status === 200)).toHaveLength(1)
    expect(await read(), 'the trial shut the breaker').toBe(200)
  })
})

async function open() {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

/** A request that has sent five bytes of its body, which is too long to be waited for. */
async function upload() {
  const socket = await open()
  socket.write('POST /v1/admin/patients HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n{"a":')
  return socket
}

async function answerTo(socket: Socket): Promise<void> {
  await once(socket, 'data')
  socket.destroy()
}

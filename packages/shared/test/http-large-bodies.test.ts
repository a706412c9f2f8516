import { connect, type AddressInfo, type Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { acceptRaw } from '../src/http/bodies.ts'
import { limitLargeBodies } from '../src/http/large-bodies.ts'
import { problemOf, sendProblem } from '../src/http/problems.ts'

const LIMIT = 1_000
let app: FastifyInstance
/** What handlers have, in order; each answers when it is let go. */
let handled: { bytes: number; letGo: () => void }[]
const sockets: Socket[] = []

async function start(waitMs?: number): Promise<void> {
  app = Fastify({ bodyLimit: LIMIT })
  acceptRaw(app, 'application/fhir+json')
  limitLargeBodies(app, 2 * LIMIT, waitMs)
  app.setErrorHandler((error, request, reply) => sendProblem(reply, problemOf(error, request.id)))
  app.post('/', async ({ body }) => {
    await new Promise<void>((letGo) => handled.push({ bytes: (body as Buffer).length, letGo }))
    return 'taken'
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
}

/** A body is sent; gives the answer's status and Retry-After once it is there. */
function send(head: string, body: string) {
  const { port } = app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/fhir+json\r\n${head}\r\n\r\n${body}`)
  const answer = new Promise<string>((resolve) => {
    socket.once('data', (data: Buffer) => resolve(data.toString()))
  })
  return { socket, answer, status: () => answer.then((text) => Number(text.slice(9, 12))) }
}
const sendBytes = (bytes: number) => send(`content-length: ${bytes}`, 'x'.repeat(bytes))
const sizes = () => handled.map(({ bytes }) => bytes)

beforeEach(() => (handled = []))
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const { letGo } of handled) letGo()
  await app.close()
})

it('reads so much at once, and the others in the order in which they came, when answers have left', async () => {
  await start()
  const first = sendBytes(900)
  await vi.waitFor(() => expect(sizes()).toEqual([900]))
  sendBytes(800)
  await vi.waitFor(() => expect(sizes()).toEqual([900, 800]))
  const third = sendBytes(700)
  await vi.waitFor(async () => expect(await connections()).toBe(3))
  // It would fit, and yet is behind the one that does not.
  const fourth = sendBytes(100)
  await vi.waitFor(async () => expect(await connections()).toBe(4))
  expect(sizes()).toEqual([900, 800])
  handled[0]?.letGo()
  expect(await first.status()).toBe(200)
  await vi.waitFor(() => expect(sizes()).toEqual([900, 800, 700, 100]))
  for (const { letGo } of handled) letGo()
  expect(await Promise.all([third.status(), fourth.status()])).toEqual([200, 200])
})

it('takes a body without a length for as long as may be', async () => {
  await start()
  const chunked = () => send('transfer-encoding: chunked', '3\r\nabc\r\n0\r\n\r\n')
  chunked()
  chunked()
  await vi.waitFor(() => expect(sizes()).toEqual([3, 3]))
  const third = chunked()
  await vi.waitFor(async () => expect(await connections()).toBe(3))
  expect(sizes()).toEqual([3, 3])
  handled[0]?.letGo()
  await vi.waitFor(() => expect(sizes()).toEqual([3, 3, 3]))
  handled[2]?.letGo()
  expect(await third.status()).toBe(200)
})

it('goes on with the next when somebody in line, or whose body is being read, is gone', async () => {
  await start()
  const slow = send('content-length: 1000', 'x')
  sendBytes(1_000)
  await vi.waitFor(() => expect(sizes()).toEqual([1_000]))
  const inLine = sendBytes(999)
  await vi.waitFor(async () => expect(await connections()).toBe(3))
  sendBytes(998)
  await vi.waitFor(async () => expect(await connections()).toBe(4))
  inLine.socket.destroy()
  await vi.waitFor(async () => expect(await connections()).toBe(3))
  expect(sizes()).toEqual([1_000])
  slow.socket.destroy()
  await vi.waitFor(() => expect(sizes()).toEqual([1_000, 998]))
})

it('tells who has waited for long to come again, and refuses at once what is too long', async () => {
  await start(100)
  sendBytes(1_000)
  sendBytes(1_000)
  await vi.waitFor(() => expect(sizes()).toEqual([1_000, 1_000]))
  const late = sendBytes(500)
  expect(await sendBytes(1_001).status()).toBe(413)
  expect(await late.status()).toBe(503)
  expect(await late.answer).toMatch(/retry-after: 5/i)
  handled[0]?.letGo()
  await vi.waitFor(async () => expect(await connections()).toBeLessThan(4))
  sendBytes(400)
  await vi.waitFor(() => expect(sizes()).toEqual([1_000, 1_000, 400]))
})

const connections = () =>
  new Promise<number>((resolve, reject) =>
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )

import process from 'node:process'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { passOn } from '@wellgate/shared/observability/tracing'
import { connectToReplicas, type Resolve } from '../src/proxy/replicas.ts'
import { startGateway, startUpstream } from './harness.ts'

/** Two addresses of this machine that one port can be opened on; not every system has more than one of IPv4. */
const ADDRESSES = ['127.0.0.1', process.platform === 'linux' ? '127.0.0.2' : '::1'] as const

const resolve: Resolve = (_name, _options, answer) =>
  answer(
    null,
    ADDRESSES.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  )

type Upstream = Awaited<ReturnType<typeof startUpstream>>
let replicas: [Upstream, Upstream]
let gateway: Awaited<ReturnType<typeof startGateway>>
beforeEach(async () => {
  const first = await startUpstream({}, 0, ADDRESSES[0])
  replicas = [first, await startUpstream({}, first.port, ADDRESSES[1])]
  gateway = await startGateway(
    { WELLGATE_UPSTREAM_PATIENTS: `http://patients.test:${first.port}` },
    undefined,
    passOn,
    { resolve },
  )
})
afterEach(async () => {
  await gateway.stop()
  await Promise.all(replicas.map((replica) => replica.stop()))
})

/** Asks again while this machine is so busy that the gateway sheds load. */
const read = async (): Promise<number> => {
  const answer = await fetch(`${gateway.url}/v1/patients/me`)
  return (await answer.text()).includes('"overloaded"') ? read() : answer.status
}
const counts = () => replicas.map(({ seen }) => seen.length)

it('asks each replica of a name', async () => {
  await Promise.all(Array.from({ length: 20 }, read))
  const [first = 0, second = 0] = counts()
  expect(first + second).toBe(20)
  expect(Math.min(first, second)).toBeGreaterThan(4)
})

it('passes over a replica that refuses, within the same request', async () => {
  await replicas[0].stop()
  const statuses = await Promise.all(Array.from({ length: 20 }, read))
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(replicas[1].seen).toHaveLength(20)
})

it('tries a replica that refused last of all, for a while', async () => {
  await replicas[0].stop()
  const connect = connectToReplicas(resolve)
  const { hostname, port, protocol } = new URL(`http://patients.test:${replicas[1].port}`)
  const firstTried = () =>
    new Promise((done, fail) => {
      connect({ hostname, port, protocol }, (error, socket) => {
        if (error) fail(error)
        else done(socket.autoSelectFamilyAttemptedAddresses[0])
      })
    })
  const [refused, other] = ADDRESSES.map((address) => `${address}:${port}`)
  const tried = [await firstTried(), await firstTried(), await firstTried(), await firstTried()]
  expect(tried).toEqual([refused, other, other, other])
})

it('leaves a replica that drains: one more answer a connection, and no new connection', async () => {
  const many = (times: number) => Promise.all(Array.from({ length: times }, read))
  await many(20)
  const open = replicas[0].seen.length
  replicas[0].drain()
  expect(new Set(await many(20))).toEqual(new Set([200]))
  const asked = replicas[0].seen.length
  expect(asked).toBeLessThanOrEqual(2 * open)
  expect(asked).toBeGreaterThan(open)
  // More at once than there are connections to the other, also where those had idled and were closed.
  await vi.waitFor(async () => expect(await replicas[1].connections()).toBe(0), 10_000)
  expect(new Set(await many(60))).toEqual(new Set([200]))
  expect(replicas[0].seen).toHaveLength(asked)
})

it('asks a replica that drains after all, where there is no other', async () => {
  await replicas[1].stop()
  replicas[0].drain()
  expect([await read(), await read(), await read()]).toEqual([200, 200, 200])
})

it('lets go of its own callers while it drains', async () => {
  let draining = false
  const leaving = await startGateway({}, undefined, passOn, { isDraining: () => draining })
  const connection = async () => (await fetch(`${leaving.url}/v1/patients/me`)).headers.get('connection')
  expect(await connection()).toBe('keep-alive')
  draining = true
  expect(await connection()).toBe('close')
  await leaving.stop()
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { remoteJwks } from '../../src/access/jwks.ts'
import { allRoutes } from '../../src/contracts/all-routes.ts'
import type { RouteContract } from '../../src/contracts/route.ts'
import { call } from '../../src/http/client.ts'
import { documentOf } from './document.ts'
import { fromTheFuture, placesOf } from './from-the-future.ts'
import { answersOf, goldenAnswer } from './golden-files.ts'

/** A neighbour that answers everything with what it was told to. */
const told = { status: 200, body: {} as unknown }
const neighbour = createServer((_request, response) => {
  response.writeHead(told.status, { 'content-type': 'application/json' }).end(JSON.stringify(told.body))
})
let baseUrl = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => void neighbour.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(neighbour.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => void neighbour.close(resolve)))

const newerOf = (contract: RouteContract, status: number, body: unknown): unknown =>
  fromTheFuture(body, documentOf([contract], []).routes[contract.id]?.answers[status] ?? {})

describe.each(answersOf(allRoutes).map((answer) => [answer.name, answer] as const))('%s', (name, answer) => {
  const { contract, schema, status } = answer

  test('of the last release is a whole answer by the present contract', () => {
    const golden = goldenAnswer(name)
    expect(schema.parse(golden)).toEqual(golden)
  })

  test('of a newer neighbour reaches a caller, who finds in it all that it knows', async () => {
    const golden = goldenAnswer(name)
    const body = newerOf(contract, status, golden)
    expect(placesOf(body)).toContain('(root)')
    Object.assign(told, { status, body })
    const params = Object.fromEntries([...contract.path.matchAll(/:(\w+)/g)].map(([, of]) => [of, 'any']))
    const result = await call<RouteContract>(contract, { baseUrl, params })
    expect(result).toMatchObject({ status, body: golden as object })
  })
})

test('the JWKS of an older and of a newer identity is read', async () => {
  const golden = goldenAnswer('identity.read-jwks.200') as { keys: object[] }
  const contract = allRoutes.find(({ id }) => id === 'identity.read-jwks')
  if (!contract) throw new Error('no such route')
  const another = { kid: 'next', kty: 'AKP', alg: 'ML-DSA-44', pub: 'cHVi' }
  const newer = newerOf(contract, 200, golden) as { keys: object[] }
  for (const body of [golden, { ...newer, keys: [...newer.keys, another] }]) {
    Object.assign(told, { status: 200, body })
    expect(await remoteJwks(baseUrl)()).toEqual(golden.keys)
  }
})

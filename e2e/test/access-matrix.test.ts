import { randomUUID } from 'node:crypto'
import { allRoutes } from '@wellgate/shared/contracts/all-routes'
import type { RouteContract } from '@wellgate/shared/contracts/route'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logIn, untilRefused } from '../src/journey/import-to-screen.ts'
import { startStack, type Stack } from '../src/stack.ts'
import { ACCESS, ACTORS, expectedOf, type ActorName } from './access-table.ts'

let stack: Stack
let patientId: string
const logins = new Map<ActorName, { email: string; password: string }>()
const tokens = new Map<ActorName, string>()

beforeAll(async () => {
  stack = await startStack()
  const { portal, demo } = stack
  const [own, other] = demo.patients
  if (!own || !other) throw new Error('the demo has fewer than two patients')
  patientId = own.id
  logins.set('own patient', own).set('other patient', other)
  for (const { role, email, password } of demo.staff) logins.set(role as ActorName, { email, password })
  for (const [actor, login] of logins) tokens.set(actor, (await logIn(portal, login)).accessToken)
  await makeDisabled()
}, 180_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

/** Someone with every role, and none of them any more. */
async function makeDisabled(): Promise<void> {
  const { portal } = stack
  const token = tokens.get('admin') ?? ''
  const { items } = await portal.expect(200, 'GET', '/v1/admin/facilities', { token })
  const roles = ['front-desk', 'clinician', 'biller', 'auditor', 'admin'].map((role) => ({
    role,
    facilityId: items[0].id,
  }))
  const login = { email: 'gone@example.org', password: 'a-password-of-some-length' }
  const account = await portal.expect(201, 'POST', '/v1/admin/staff', { token, body: { ...login, roles } })
  const session = await logIn(portal, login)
  await portal.expect(204, 'POST', `/v1/admin/accounts/${account.id}/disable`, { token })
  await untilRefused(portal, session.accessToken)
  tokens.set('disabled', session.accessToken)
}

async function ask(contract: RouteContract, token: string | undefined): Promise<number> {
  const path = contract.path
    .replace(':patientId', patientId)
    .replaceAll(/:\w+/g, () => randomUUID())
    .concat(contract.id === 'interop.create-import' ? '?source=matrix' : '')
  const answer = await stack.portal.send(contract.method, path, {
    ...(token ? { token } : {}),
    ...(contract.body || contract.contentType ? { body: {} } : {}),
    ...(contract.contentType ? { headers: { 'content-type': contract.contentType } } : {}),
  })
  return answer.status
}

/**
 * Whether an answer is one of somebody who may: a complaint about the request is, a refusal of the person is not, and
 * neither is a failure of ours. A random id that does not exist is a 404 that only staff routes may give.
 */
function allowed(contract: RouteContract, status: number): boolean {
  if (status >= 500 || status === 403) return false
  if (contract.access.kind === 'public') return true
  return contract.access.kind === 'patient' ? status !== 401 && status !== 404 : status !== 401
}

it('has a row for every route, and no other', () => {
  expect(Object.keys(ACCESS).toSorted()).toEqual(allRoutes.map(({ id }) => id).toSorted())
  for (const [id, row] of Object.entries(ACCESS)) expect(row.split(/\s+/), id).toHaveLength(ACTORS.length)
})

it('agrees with the roles that the contracts name', () => {
  const roles = ['front-desk', 'clinician', 'biller', 'auditor', 'admin'] as const
  for (const { id, access } of allRoutes) {
    if (access.kind !== 'staff' && access.kind !== 'patient') continue
    const named = roles.filter((role) => expectedOf(id, role) === '+')
    expect(named.toSorted(), id).toEqual([...access.roles].toSorted())
  }
})

describe.each(ACTORS)('%s', (actor) => {
  it.each(allRoutes.filter(({ id }) => id !== 'identity.log-out').map((contract) => [contract.id, contract] as const))(
    '%s',
    async (id, contract) => {
      const expected = expectedOf(id, actor)
      const status = await ask(contract, tokens.get(actor))
      if (expected === '+') expect(allowed(contract, status), `${id} answered ${status}`).toBe(true)
      else expect(String(status)).toBe(expected)
    },
  )

  it('identity.log-out', async () => {
    const login = logins.get(actor)
    const token = login ? (await logIn(stack.portal, login)).accessToken : tokens.get(actor)
    const contract = allRoutes.find(({ id }) => id === 'identity.log-out')
    if (!contract) throw new Error('there is no log-out')
    const expected = expectedOf(contract.id, actor)
    expect(String(await ask(contract, token))).toBe(expected === '+' ? '204' : expected)
  })
})

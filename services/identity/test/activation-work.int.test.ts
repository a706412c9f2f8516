import { randomUUID } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { activateAccount, type Activation } from '../src/activation/activate-account.ts'
import { ADMIN_EMAIL, PASSWORD, startIdentity, type IdentityUnderTest } from './support.ts'

vi.mock('@node-rs/argon2', { spy: true })

let identity: IdentityUnderTest
beforeAll(async () => {
  identity = await startIdentity()
})
afterAll(() => identity?.service.stop())

/** What an activation asks of others, in no order: time tells nothing where all of it is the same. */
async function workOf(activation: Partial<Activation>): Promise<string[]> {
  const work: string[] = []
  const { platform } = identity.service.running
  const hashes = vi.mocked(hash).mock.calls.length
  const pool = new Proxy(platform.pool, {
    get(target, name) {
      if (name === 'connect') work.push('transaction')
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (name === 'query') work.push((args[0] as { name: string }).name)
        return value.apply(target, args)
      }
    },
  })
  const deps = {
    ...platform,
    pool,
    blindIndex: (label: string) => (work.push(label), platform.blindIndex(label)),
    sealer: { ...platform.sealer, seal: () => Promise.reject(new Error('a data key for a refused activation')) },
  }
  const whole = { code: 'none', birthDate: '1970-02-28', email: `${randomUUID()}@home.example`, password: PASSWORD }
  await expect(activateAccount(deps, { ...whole, ...activation })).rejects.toMatchObject({ code: 'activation-refused' })
  for (let i = hashes; i < vi.mocked(hash).mock.calls.length; i++) work.push('argon2')
  return work.toSorted()
}

test('the same work for whatever is wrong, and no data key', async () => {
  const code = await identity.issueCode(await identity.patient())
  const nothing = await workOf({})
  expect(nothing.filter((one) => one === 'argon2')).toHaveLength(1)
  expect(nothing).not.toContain('transaction')
  expect(await workOf({ code: '0000-0000-0000-0000' })).toEqual(nothing)
  expect(await workOf({ code, birthDate: '1970-02-27' })).toEqual(nothing)
  expect(await workOf({ code, email: ADMIN_EMAIL })).toEqual(nothing)
  expect(await workOf({ code, birthDate: '1970-02-27', email: ADMIN_EMAIL })).toEqual(nothing)
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logInCast } from '../src/journey/cast.ts'
import { activate, assertAccounted, importBundle, logIn } from '../src/journey/import-to-screen.ts'
import type { Json } from '../src/portal.ts'
import { LIST_OF_TYPE } from '../src/samples.ts'
import { startStack, until, type Stack } from '../src/stack.ts'
import { syntheticBundle } from '../src/synthetic.ts'

const OBSERVATIONS = 900

let stack: Stack
let login: { email: string; password: string }

beforeAll(async () => {
  stack = await startStack()
  const desk = stack.demo.staff.find(({ role }) => role === 'front-desk')
  if (!desk) throw new Error('the demo has no front desk')
  login = desk
}, 180_000)

afterAll(async () => {
  expect(await stack?.stop()).toBe(0)
}, 60_000)

const bundle = () => syntheticBundle((what) => `${what} ${randomUUID().slice(0, 8)}`, OBSERVATIONS)

/** Asks again while a killed process is on its way back: 401, 404 and 5xx of those moments are not the answer. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  let result: T | undefined
  await until(60_000, 'the services are back', async () => {
    try {
      result = await ask()
      return true
    } catch {
      return false
    }
  })
  return result as T
}

/** What a patient's record holds, by list. */
async function countsOf(patientId: string, birthDate: string, desk: string): Promise<Record<string, number>> {
  const patient = await activate(stack.portal, desk, patientId, birthDate)
  const { accessToken: token } = await logIn(stack.portal, patient)
  const counts: Record<string, number> = {}
  for (const list of new Set(Object.values(LIST_OF_TYPE))) {
    counts[list] = (await stack.portal.all(`/v1/patients/me/${list}`, token, 100)).items.length
  }
  return counts
}

async function importThrough(killed: string | null): Promise<{ done: Json; counts: Record<string, number> }> {
  const made = bundle()
  const desk = (await patiently(() => logIn(stack.portal, login))).accessToken
  const { id } = await stack.portal.expect(202, 'POST', '/v1/admin/imports?source=faults', {
    token: desk,
    body: made.text,
    headers: { 'content-type': 'application/fhir+json' },
  })
  if (killed) await stack.kill(killed)
  const done = await patiently(async () => {
    const state = await stack.portal.expect(200, 'GET', `/v1/admin/imports/${id}`, { token: desk })
    if (state.state !== 'completed') throw new Error('not yet')
    return state
  })
  assertAccounted(done, made.resources)
  return { done, counts: await patiently(() => countsOf(done.patientId, made.birthDate, desk)) }
}

/** A process that is killed is started again, and what it had begun is retried with back-off. */
const WHILE_KILLED_MS = 120_000

describe('an import during which a process is killed', () => {
  let undisturbed: Awaited<ReturnType<typeof importThrough>>

  beforeAll(async () => {
    undisturbed = await importThrough(null)
  }, WHILE_KILLED_MS)

  it.each(['interop', 'patients', 'records', 'identity', 'gateway', 'postgres'])(
    '%s: ends as the undisturbed one',
    async (service) => {
      const { done, counts } = await importThrough(service)
      expect(done.counts).toEqual(undisturbed.done.counts)
      expect(counts).toEqual(undisturbed.counts)
    },
    WHILE_KILLED_MS,
  )

  it('counts every observation once', () => {
    expect(undisturbed.counts['observations']).toBe(OBSERVATIONS)
    expect(undisturbed.done.counts.Observation).toEqual({
      created: OBSERVATIONS,
      unchanged: 0,
      updated: 0,
      setAside: 0,
    })
  })
})

describe('a visit after whose completion a process is killed', () => {
  it.each(['records', 'appointments', 'postgres'])(
    '%s: is in the record, once',
    async (killed) => {
      const { portal, demo } = stack
      const { clinician, rivals } = await logInCast(portal, demo)
      const [token] = rivals
      const visitTypeId = demo.clinic?.visitTypes.find(({ name }) => name === 'Same-day visit')?.id ?? ''
      const [from, to] = [1, 23].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString())
      const query = new URLSearchParams({ visitTypeId, from: from ?? '', to: to ?? '' }).toString()
      const { items } = await portal.expect(200, 'GET', `/v1/slots?${query}`, { token })
      const { providerId, facilityId, start } = items[0]
      const booked = await portal.expect(201, 'POST', '/v1/appointments', {
        token,
        body: { providerId, facilityId, visitTypeId, start },
        headers: { 'idempotency-key': randomUUID() },
      })
      const path = `/v1/admin/appointments/${booked.id}/status`
      for (const action of ['arrive', 'begin'])
        await portal.expect(200, 'POST', path, { token: clinician, body: { action } })
      const done = await portal.expect(200, 'POST', path, { token: clinician, body: { action: 'complete' } })
      await stack.kill(killed)
      const filed = async (): Promise<number> => {
        const shown = await patiently(() => portal.all('/v1/patients/me/encounters', token, 100))
        return shown.items.filter(({ period }) => period.start === start).length
      }
      await until(60_000, 'the encounter is in the record', async () => (await filed()) > 0)
      // Said again: still one.
      const again = await patiently(() =>
        portal.expect(200, 'POST', path, { token: clinician, body: { action: 'complete' } }),
      )
      expect(again.encounterId).toBe(done.encounterId)
      expect(await filed()).toBe(1)
    },
    WHILE_KILLED_MS,
  )
})

it(
  'sends a big import the same way twice with equal results',
  async () => {
    const made = bundle()
    const desk = (await logIn(stack.portal, login)).accessToken
    const first = await importBundle(stack.portal, desk, made.text, 'twice')
    const second = await importBundle(stack.portal, desk, made.text, 'twice')
    expect(second.counts.Observation).toEqual({ created: 0, unchanged: OBSERVATIONS, updated: 0, setAside: 0 })
    expect(second.patientId).toBe(first.patientId)
  },
  WHILE_KILLED_MS,
)

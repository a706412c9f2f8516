import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Json, Portal } from '../portal.ts'
import { BILLING_TYPES, countsByType, LIST_OF_TYPE, type FhirResource, type SampleBundle } from '../samples.ts'
import { readBillingHistory } from './billing-history.ts'
import { linesOfFile, linesOfPortal } from './observation-values.ts'

/** Says what happened, for a person to read. */
export type Say = (line: string) => void

/** What a patient lives after reading the record, before logging out. */
export type Chapter = (patient: { readonly token: string; readonly patientId: string }) => Promise<void>

export interface Login {
  readonly email: string
  readonly password: string
}

export async function logIn(
  portal: Portal,
  { email, password }: Login,
): Promise<{ accessToken: string; refreshToken: string }> {
  const tokens = await portal.expect(201, 'POST', '/v1/sessions', { body: { email, password } })
  return { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken }
}

/** The largest file takes seconds; a killed service and a retry with back-off take their time besides. */
const IMPORT_TIMEOUT_MS = 120_000

/** Sends a bundle and awaits the end of its import. */
export async function importBundle(portal: Portal, token: string, text: string, source = 'synthea'): Promise<Json> {
  const { id } = await portal.expect(202, 'POST', `/v1/admin/imports?source=${source}`, {
    token,
    body: text,
    headers: { 'content-type': 'application/fhir+json' },
  })
  const deadline = Date.now() + IMPORT_TIMEOUT_MS
  while (Date.now() < deadline) {
    const state = await portal.expect(200, 'GET', `/v1/admin/imports/${id}`, { token })
    if (state.state === 'completed' || state.state === 'failed') return state
    await after(100)
  }
  throw new Error(`the import ${id} did not end in ${IMPORT_TIMEOUT_MS / 1000} s`)
}

/** Everything that is in the file is counted in the answer: created, unchanged or updated when supported, named when not. */
export function assertAccounted(done: Json, resources: readonly FhirResource[]): { kept: number; named: number } {
  assert.equal(done.state, 'completed')
  const expected = countsByType(resources)
  const setAside = done.setAside
  let kept = 0
  for (const [type, count] of Object.entries(expected)) {
    const supported = type === 'Patient' || type in LIST_OF_TYPE || BILLING_TYPES.includes(type)
    const counts = done.counts[type]
    const taken = counts ? Number(counts.created) + Number(counts.unchanged) + Number(counts.updated) : 0
    const named = setAside.filter((item: Json) => item.type === type)
    assert.equal(taken + named.length, count, `${type}: ${taken} taken and ${named.length} set aside of ${count}`)
    if (supported) assert.equal(named.length, 0, `${type}: set aside ${JSON.stringify(named[0])}`)
    else assert.equal(taken, 0, `${type} is not supported and yet counted`)
    kept += taken
  }
  return { kept, named: setAside.length }
}

/** A patient's log-in for the journey: the account is made by activation, or was by an earlier run of it. */
export async function activate(portal: Portal, desk: string, patientId: string, birthDate: string): Promise<Login> {
  const key = createHash('sha256').update(patientId).digest('hex').slice(0, 12)
  const login = { email: `tour-${key}@example.org`, password: `tour-${key}-password` }
  const issued = await portal.send('POST', `/v1/admin/patients/${patientId}/activation-codes`, { token: desk })
  if (issued.status === 409) return login
  assert.equal(issued.status, 201, `activation code: ${issued.status} ${issued.body?.code}`)
  await portal.expect(201, 'POST', '/v1/accounts/activate', { body: { code: issued.body.code, birthDate, ...login } })
  return login
}

/** Reads the whole chart as the patient does and holds what was imported against the file. */
export async function readChart(portal: Portal, token: string, resources: readonly FhirResource[]): Promise<string> {
  const expected = countsByType(resources)
  const wanted: Record<string, number> = {}
  for (const [type, list] of Object.entries(LIST_OF_TYPE)) wanted[list] = (wanted[list] ?? 0) + (expected[type] ?? 0)
  let pagesOfObservations = 0
  for (const [list, count] of Object.entries(wanted)) {
    const { items: shown, pages } = await portal.all(`/v1/patients/me/${list}`, token)
    // Visits of an earlier tour are in the record, too, and not in the file.
    const items = shown.filter(({ source }) => source !== 'local')
    assert.equal(items.length, count, `${list}: ${items.length} shown of ${count} in the file`)
    if (list !== 'observations') continue
    assert.deepEqual(linesOfPortal(items), linesOfFile(resources))
    pagesOfObservations = pages
  }
  return `${wanted.observations} observations on ${pagesOfObservations} pages, every value and unit as in the file`
}

/** The whole way of one file: import, activation, reading, privacy, what comes after (`next`), repetition, log-out. */
export async function importToScreen(
  portal: Portal,
  desk: string,
  other: string,
  bundle: SampleBundle,
  say: Say,
  next?: Chapter,
): Promise<void> {
  const done = await importBundle(portal, desk, bundle.text)
  const { kept, named } = assertAccounted(done, bundle.resources)
  say(
    `imported ${bundle.name.split('_').slice(0, 2).join(' ')}: ${kept} resources in the record, ${named} named as not supported`,
  )

  const patientId = done.patientId
  const birthDate = bundle.resources.find((resource) => resource.resourceType === 'Patient')?.birthDate ?? ''
  const login = await activate(portal, desk, patientId, birthDate)
  const session = await logIn(portal, login)
  const token = session.accessToken
  say('the patient activated an account with the code from the front desk, and logged in')

  const profile = await portal.expect(200, 'GET', '/v1/patients/me', { token })
  assert.equal(profile.id, patientId)
  const summary = await portal.expect(200, 'GET', '/v1/patients/me/summary', { token })
  say(`summary: ${summary.problems.length} active problems, ${summary.medications.length} active medications`)
  say(await readChart(portal, token, bundle.resources))
  say(await readBillingHistory(portal, token, bundle.resources))

  const foreign = await portal.send('GET', `/v1/patients/${patientId}/summary`, { token: other })
  const random = await portal.send('GET', `/v1/patients/${randomUUID()}/summary`, { token: other })
  assert.equal(foreign.status, 404)
  assert.deepEqual({ ...foreign.body, requestId: '' }, { ...random.body, requestId: '' })
  say('another patient gets for this id exactly what a random id gets: 404')

  await next?.({ token, patientId })

  const again = await importBundle(portal, desk, bundle.text)
  for (const [type, counts] of Object.entries(again.counts as Record<string, Json>)) {
    assert.equal(counts.created, 0, `${type}: the repeat created`)
    assert.equal(counts.updated, 0, `${type}: the repeat updated`)
  }
  say('the same file again changed nothing')

  await portal.expect(204, 'DELETE', '/v1/sessions/current', { token })
  await untilRefused(portal, token)
  await portal.expect(401, 'POST', '/v1/sessions/refresh', { body: { refreshToken: session.refreshToken } })
  say('log-out ended the session: access and refresh token are void')
}

/** A void token is refused everywhere within a second. */
export async function untilRefused(portal: Portal, token: string): Promise<void> {
  const deadline = Date.now() + 1_000
  for (const path of ['/v1/patients/me', '/v1/patients/me/summary']) {
    while ((await portal.send('GET', path, { token })).status !== 401) {
      assert.ok(Date.now() < deadline, `${path}: the token is still good a second after log-out`)
      await after(25)
    }
  }
}

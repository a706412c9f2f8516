import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assertAccounted, activate, importBundle, logIn } from '../src/journey/import-to-screen.ts'
import { LIST_OF_TYPE } from '../src/samples.ts'
import { startStack, type Stack } from '../src/stack.ts'
import { syntheticBundle } from '../src/synthetic.ts'
import { canary, findCanaries } from '../src/tokens.ts'

const PATIENTS = 50
const HOUR = 3_600_000

let stack: Stack
const tokens = new Set<string>()
const answers: string[] = []

beforeAll(async () => {
  stack = await startStack()
  const login = stack.demo.staff.find(({ role }) => role === 'front-desk')
  if (!login) throw new Error('the demo has no front desk')
  const desk = (await logIn(stack.portal, login)).accessToken
  const books = stack.demo.staff.find(({ role }) => role === 'biller')
  if (!books) throw new Error('the demo has no biller')
  const biller = (await logIn(stack.portal, books)).accessToken
  for (let n = 0; n < PATIENTS; n++) {
    const bundle = syntheticBundle(() => {
      const token = canary()
      tokens.add(token)
      return token
    }, 3)
    const done = await importBundle(stack.portal, desk, bundle.text, 'canary')
    assertAccounted(done, bundle.resources)
    const patient = await readEverything(desk, done.patientId, bundle.birthDate)
    await visit(desk, patient, n)
    if (n % 5 === 0) await bill(biller, patient, done.patientId)
    // What is refused must not be told either: the same bundle cut off, and twice the same patient.
    for (const body of [bundle.text.slice(0, -40), JSON.stringify({ ...JSON.parse(bundle.text), entry: 'none' })]) {
      const refused = await stack.portal.send('POST', '/v1/admin/imports?source=canary', {
        token: desk,
        body,
        headers: { 'content-type': 'application/fhir+json' },
      })
      expect([400, 422]).toContain(refused.status)
      answers.push(JSON.stringify(refused.body))
    }
  }
  // A start, and all that a patient and staff do, over real processes.
}, 300_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

/** As the patient, so that what is sealed is also opened, and as the desk, who searches. */
async function readEverything(desk: string, patientId: string, birthDate: string): Promise<string> {
  const { portal } = stack
  const { accessToken: token } = await logIn(portal, await activate(portal, desk, patientId, birthDate))
  const profile = await portal.expect(200, 'GET', '/v1/patients/me', { token })
  expect(profile.name.family).toMatch(/^zq7/)
  for (const list of new Set(Object.values(LIST_OF_TYPE))) {
    const { items } = await portal.all(`/v1/patients/me/${list}`, token)
    expect(items.length, list).toBeGreaterThan(0)
  }
  const body = { name: profile.name.family, birthDate }
  const found = await portal.expect(200, 'POST', '/v1/admin/patients/search', { token: desk, body })
  expect(found.items).toHaveLength(1)
  const wrong = { contacts: profile.name.family, birthDate: profile.name.family }
  answers.push(JSON.stringify((await portal.send('POST', '/v1/admin/patients', { token: desk, body: wrong })).body))
  return token
}

const secret = (): string => {
  const token = canary()
  tokens.add(token)
  return token
}

/** Books with a reason, reads it back, and has some visits cancelled by staff, who say why; what is refused must not tell. */
async function visit(desk: string, token: string, n: number): Promise<void> {
  const { portal, demo } = stack
  const visitTypeId = demo.clinic?.visitTypes.find(({ name }) => name === 'Same-day visit')?.id ?? ''
  const [from, to] = [Date.now() + (n + 1) * HOUR, Date.now() + (n + 2) * HOUR].map((at) => new Date(at).toISOString())
  const slots = `/v1/slots?${new URLSearchParams({ visitTypeId, from: from ?? '', to: to ?? '' }).toString()}`
  const [slot] = (await portal.expect(200, 'GET', slots, { token })).items
  const { providerId, facilityId, start } = slot
  const body = { providerId, facilityId, visitTypeId, start, reason: secret() }
  const book = (over: object) =>
    portal.send('POST', '/v1/appointments', {
      token,
      body: { ...body, ...over },
      headers: { 'idempotency-key': randomUUID() },
    })
  for (const over of [{ start: '2020-01-01T00:00:00Z' }, { visitTypeId: body.reason }]) {
    const refused = await book(over)
    expect([400, 422]).toContain(refused.status)
    answers.push(JSON.stringify(refused.body))
  }
  const booked = await book({})
  expect(booked.status).toBe(201)
  const { items } = await portal.all('/v1/patients/me/appointments', token)
  expect(items).toMatchObject([{ reason: body.reason }])
  if (n % 5) return
  const path = `/v1/admin/appointments/${booked.body.id}/status`
  await portal.expect(200, 'POST', path, { token: desk, body: { action: 'cancel', overrideReason: secret() } })
}

/** Insurance, a charge, a part of it forgiven, one paid and given back: each with words that are nobody else's business. */
async function bill(biller: string, token: string, patientId: string): Promise<void> {
  const { portal } = stack
  const send = async (status: number, path: string, body: object, who = biller) => {
    const headers = { 'idempotency-key': randomUUID() }
    return portal.expect(status, path.includes('/coverage') ? 'PUT' : 'POST', path, { token: who, body, headers })
  }
  const policy = { payerName: secret(), memberId: secret(), validFrom: '2026-01-01' }
  await send(200, `/v1/admin/patients/${patientId}/coverage`, { kind: 'percentage', patientPercent: 50, ...policy })
  const seen = await portal.expect(200, 'GET', '/v1/patients/me/coverage', { token })
  expect(seen).toMatchObject(policy)
  const today = new Date().toISOString().slice(0, 10)
  const what = { patientId, code: 'PROC-45', servicedOn: today, quantity: 1 }
  await send(201, '/v1/admin/charges', what)
  const { items } = await portal.all('/v1/patients/me/invoices', token)
  const [invoice] = items
  const cash = { amount: 500, currency: 'USD' }
  await send(201, `/v1/admin/invoices/${invoice.id}/adjustments`, { kind: 'adjustment', ...cash, reason: secret() })
  const paid = await send(201, `/v1/invoices/${invoice.id}/payments`, { ...cash, paymentMethod: 'pm_card_visa' }, token)
  await send(201, `/v1/admin/payments/${paid.id}/refunds`, { ...cash, reason: secret() })
  for (const over of [{ amount: secret() }, { currency: secret() }]) {
    const refused = await portal.send('POST', `/v1/admin/payments/${paid.id}/refunds`, {
      token: biller,
      body: { ...cash, reason: secret(), ...over },
      headers: { 'idempotency-key': randomUUID() },
    })
    expect(refused.status).toBe(400)
    answers.push(JSON.stringify(refused.body))
  }
}

/** Every row of every table as text, as a plain SQL dump has them. */
async function dump(): Promise<string> {
  const { postgresPassword } = JSON.parse(readFileSync(join(stack.dataDir, 'secrets.json'), 'utf8'))
  const line = readFileSync(join(stack.dataDir, 'env', 'records.env'), 'utf8')
  const { port } = new URL(/DATABASE_URL="([^"]+)"/.exec(line)?.[1] ?? '')
  const client = new Client({
    host: '127.0.0.1',
    port: Number(port),
    user: 'wellgate_admin',
    password: postgresPassword,
    database: 'wellgate',
  })
  await client.connect()
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  let text = ''
  for (const { name } of tables) {
    const { rows } = await client.query<{ line: string }>(`select t::text as line from ${name} t`)
    text += rows.map(({ line: row }) => row).join('\n')
  }
  await client.end()
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'events.log',
      'records.observation',
      'patients.patient',
      'appointments.booking',
      'billing.refund',
    ]),
  )
  return text
}

async function metrics(): Promise<string> {
  const files = readdirSync(join(stack.dataDir, 'env')).map((file) =>
    readFileSync(join(stack.dataDir, 'env', file), 'utf8'),
  )
  const ports = files.map((text) => /WELLGATE_OPS_PORT="(\d+)"/.exec(text)?.[1])
  const pages = await Promise.all(ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()))
  expect(pages.join('')).toContain('wellgate_seals_total')
  return pages.join('\n')
}

function logs(): string {
  const folder = join(stack.dataDir, 'logs')
  const files = readdirSync(folder).filter((file) => statSync(join(folder, file)).isFile())
  expect(files).toEqual(
    expect.arrayContaining(['records.log', 'gateway.log', 'appointments.log', 'billing.log', 'postgres.log']),
  )
  return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
}

it('has made the canaries it looks for', () => {
  expect(tokens.size).toBeGreaterThan(PATIENTS * 20)
  const [one = ''] = tokens
  expect(findCanaries(`-- ${Buffer.from(`x${one}y`).toString('base64')} --`, tokens)).toEqual([one])
  expect(findCanaries(Buffer.from(one).toString('hex'), tokens)).toEqual([one])
})

it.each([
  ['a dump of the database, the event log in it', dump],
  ['every log', () => logs()],
  ['every metric', metrics],
  ['the answers to bad requests', () => answers.join('\n')],
] as const)(
  'finds none in %s',
  async (_what, read) => {
    const text = await read()
    expect(text.length).toBeGreaterThan(100)
    expect(findCanaries(text, tokens)).toEqual([])
  },
  // A dump of the database is read whole.
  120_000,
)

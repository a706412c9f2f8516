import { randomUUID } from 'node:crypto'
import type { CallAnswer } from '@wellgate/shared/testing/call'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clinic, noon, startClinic } from './support.ts'

const CLIENTS = Number(process.env['WELLGATE_RACE_CLIENTS'] ?? 60)
const SLOTS = Number(process.env['WELLGATE_RACE_SLOTS'] ?? 8)
const FULL = 1_000
const PER_PROVIDER = 20
/** What becomes of a slot while all want it. */
const KINDS = ['free', 'hold-ends', 'moves-away', 'held'] as const

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic({ WELLGATE_STATEMENT_TIMEOUT_MS: '60000' })
})
afterAll(() => clinic?.service.stop())

interface Field {
  readonly kind: (typeof KINDS)[number]
  readonly wanted: { providerId: string; facilityId: string; visitTypeId: string; start: string }
  /** Whoever had it before the race. */
  readonly owner: string
  readonly id: string
  readonly spare: string
}

const sql = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await clinic.service.adminPool.query(text, values)).rows

async function layField(): Promise<Field[]> {
  const providers = Math.ceil(SLOTS / PER_PROVIDER)
  const shape = { durationMinutes: 20, stepMinutes: 30, bufferBeforeMinutes: 5, bufferAfterMinutes: 5 }
  const [plain, roomed] = [await clinic.visitType(shape), await clinic.visitType({ ...shape, needsRoom: true })]
  const ids: string[] = []
  for (let n = 0; n < providers; n++) {
    ids.push(await clinic.provider([plain, roomed]))
    await clinic.room()
  }
  const fields: Field[] = []
  for (let n = 0; n < SLOTS; n++) {
    const kind = KINDS[n % KINDS.length] ?? 'free'
    const providerId = ids[n % providers] ?? ''
    const turn = Math.floor(n / providers)
    const over = { providerId, visitTypeId: Math.floor(n / KINDS.length) % 2 ? roomed : plain }
    const wanted = clinic.slot(noon(10, turn * 30), over)
    const { token: owner } = clinic.patient()
    const spare = noon(10, (PER_PROVIDER + turn) * 30)
    const before =
      kind === 'free'
        ? undefined
        : kind === 'moves-away'
          ? await clinic.book(owner, wanted)
          : await clinic.call('appointments.hold-slot', { token: owner, body: wanted })
    expect([undefined, 201]).toContain(before?.status)
    fields.push({ kind, wanted, owner, id: String(before?.body.id ?? ''), spare })
  }
  // A full race takes longer than a hold: these end when the race comes by.
  await sql(
    `update appointments.booking set hold_expires_at = clock_timestamp() + interval '1 day' where status = 'held'`,
  )
  return fields
}

/** What happens to the slot in the midst of those who want it. */
async function disturb({ kind, owner, id, spare }: Field): Promise<CallAnswer | undefined> {
  if (kind === 'free') return undefined
  if (kind === 'moves-away') {
    const headers = { 'idempotency-key': randomUUID() }
    const params = { appointmentId: id }
    return clinic.call('appointments.reschedule', { token: owner, params, body: { start: spare }, headers })
  }
  if (kind === 'hold-ends')
    await sql(
      `update appointments.booking set hold_expires_at = clock_timestamp() + interval '10 milliseconds' where id = $1`,
      [id],
    )
  return clinic.book(owner, { holdId: id })
}

const p = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * part) - 1)] ?? 0

const SMALL = ' (SMALL: in full by WELLGATE_RACE_CLIENTS=200 WELLGATE_RACE_SLOTS=1000)'
const title = `${SLOTS} slots, each wanted by ${CLIENTS} at once, have one winner each${SLOTS * CLIENTS < 200 * FULL ? SMALL : ''}`

it(title, { timeout: 3_600_000 }, async () => {
  const fields = await layField()
  const odd: unknown[] = []
  const lost: number[] = []
  const wins = new Map<Field, number>()
  const owners = new Map<Field, CallAnswer | undefined>()
  const contend = async (field: Field): Promise<void> => {
    const { token } = clinic.patient()
    const sent = performance.now()
    const { status, body } = await clinic.book(token, field.wanted)
    if (status === 201) wins.set(field, (wins.get(field) ?? 0) + 1)
    else if (status === 409 && body.code === 'slot-taken') lost.push(performance.now() - sent)
    else odd.push([status, body.code])
  }
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (const field of fields) {
        if (client === Math.floor(CLIENTS / 2)) owners.set(field, await disturb(field))
        await contend(field)
      }
    }),
  )
  expect(odd).toEqual([])
  for (const field of fields) {
    const owner = owners.get(field)
    if (field.kind === 'held') expect(owner?.status, 'no hold is lost').toBe(201)
    if (field.kind === 'moves-away') expect(owner?.status, 'who moves has the new time').toBe(200)
    if (field.kind === 'hold-ends') expect([201, 409, 410]).toContain(owner?.status)
    const kept = owner?.status === 201
    // What came free after the last had asked is asked for once more, by several at once.
    if (!kept && !wins.get(field)) await Promise.all(Array.from({ length: 10 }, () => contend(field)))
    expect((wins.get(field) ?? 0) + (kept ? 1 : 0), `${field.kind} ${field.wanted.start}`).toBe(1)
  }
  expect(odd).toEqual([])
  // By times alone, not by the constraints: each live booking beside the next of the same provider, room or patient.
  for (const [who, from, to] of [
    ['provider_id', 'taken_from', 'taken_to'],
    ['room_id', 'taken_from', 'taken_to'],
    ['patient_id', 'starts', 'ends'],
  ]) {
    const overlaps = await sql(`
      select id from (
        select id, ${from} as since, max(${to}) over (partition by ${who} order by ${from}, id
               rows between unbounded preceding and 1 preceding) as before
          from appointments.booking
         where ${who} is not null and (status in ('booked', 'checked-in', 'arrived', 'in-progress', 'completed')
            or (status = 'held' and hold_expires_at > clock_timestamp()))) t
       where since < before`)
    expect(overlaps, `overlaps by ${who}`).toEqual([])
  }
  const [counted] = await sql(`select count(*)::int as n from appointments.booking where status = 'booked'`)
  expect(counted?.['n']).toBe(SLOTS + fields.filter(({ kind }) => kind === 'moves-away').length)
  if (process.env['WELLGATE_RACE_SLOTS'] !== undefined)
    process.stderr.write(
      `race: ${lost.length} losers, p50 ${p(lost, 0.5).toFixed(0)} ms, p99 ${p(lost, 0.99).toFixed(0)} ms, max ${p(lost, 1).toFixed(0)} ms\n`,
    )
})

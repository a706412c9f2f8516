import { randomUUID } from 'node:crypto'
import type { CallAnswer } from '@wellgate/shared/testing/call'
import { type Clinic, noon } from './support.ts'

export const PER_PROVIDER = 20
/** What becomes of a slot while all want it. */
const KINDS = ['free', 'hold-ends', 'moves-away', 'held'] as const

export interface Field {
  readonly kind: (typeof KINDS)[number]
  readonly wanted: { providerId: string; facilityId: string; visitTypeId: string; start: string }
  /** Which provider has it, counted from 0: at the same time there are slots of others. */
  readonly provider: number
  /** Whoever had it before the race. */
  readonly owner: string
  readonly id: string
  readonly spare: string
}

/** So many slots, half of them with a room, with buffers; three of four are held or booked by somebody. */
export async function layField(clinic: Clinic, slots: number): Promise<Field[]> {
  const providers = Math.ceil(slots / PER_PROVIDER)
  const shape = { durationMinutes: 20, stepMinutes: 30, bufferBeforeMinutes: 5, bufferAfterMinutes: 5 }
  const [plain, roomed] = [await clinic.visitType(shape), await clinic.visitType({ ...shape, needsRoom: true })]
  const ids: string[] = []
  for (let n = 0; n < providers; n++) {
    ids.push(await clinic.provider([plain, roomed]))
    await clinic.room()
  }
  const fields: Field[] = []
  for (let n = 0; n < slots; n++) {
    const kind = KINDS[n % KINDS.length] ?? 'free'
    const [provider, turn] = [n % providers, Math.floor(n / providers)]
    const over = { providerId: ids[provider] ?? '', visitTypeId: Math.floor(n / KINDS.length) % 2 ? roomed : plain }
    const wanted = clinic.slot(noon(10, turn * 30), over)
    const { token: owner } = clinic.patient()
    const spare = noon(10, (PER_PROVIDER + turn) * 30)
    const before =
      kind === 'free'
        ? undefined
        : kind === 'moves-away'
          ? await clinic.book(owner, wanted)
          : await clinic.call('appointments.hold-slot', { token: owner, body: wanted })
    if (before && before.status !== 201) throw new Error(`a slot could not be taken before the race: ${before.status}`)
    fields.push({ kind, wanted, provider, owner, id: String(before?.body.id ?? ''), spare })
  }
  // A full race takes longer than a hold: these end when the race comes by.
  await clinic.service.adminPool.query(
    `update appointments.booking set hold_expires_at = clock_timestamp() + interval '1 day' where status = 'held'`,
  )
  return fields
}

/** How the race reaches the service and its database. */
export interface Track {
  readonly call: Clinic['call']
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  /** The token of a client's patient, one for each provider: a patient is at one place at a time. */
  token(client: number, provider: number): string
}

export interface Outcome {
  /** What is not as it must be; empty when all is well. */
  readonly wrong: readonly string[]
  /** How long each loser waited for an answer, in ms. */
  readonly lost: readonly number[]
  readonly won: number
}

/** Lets so many clients want each slot, one after another, all at once. In their midst its owner does what the kind says. */
export async function runRace(fields: readonly Field[], clients: number, track: Track): Promise<Outcome> {
  const wrong: string[] = []
  const lost: number[] = []
  const wins = new Map<Field, number>()
  const owners = new Map<Field, CallAnswer | undefined>()
  const contend = async (field: Field, client: number): Promise<void> => {
    const headers = { 'idempotency-key': randomUUID() }
    const token = track.token(client, field.provider)
    const sent = performance.now()
    const { status, body } = await track.call('appointments.book', { token, body: field.wanted, headers })
    if (status === 201) wins.set(field, (wins.get(field) ?? 0) + 1)
    else if (status === 409 && body.code === 'slot-taken') lost.push(performance.now() - sent)
    else wrong.push(`${field.kind}: ${status} ${body.code}`)
  }
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (const field of fields) {
        if (client === Math.floor(clients / 2)) owners.set(field, await disturb(field, track))
        await contend(field, client)
      }
    }),
  )
  for (const field of fields) {
    const { kind, wanted } = field
    const owner = owners.get(field)
    const [kept, status] = [owner?.status === 201, owner?.status ?? 0]
    if (kind === 'held' && !kept) wrong.push(`a hold is lost: ${status}`)
    if (kind === 'moves-away' && status !== 200) wrong.push(`who moves has not the new time: ${status}`)
    if (kind === 'hold-ends' && ![201, 409, 410].includes(status)) wrong.push(`whose hold ends hears ${status}`)
    // What came free after the last had asked is asked for once more, by several at once.
    if (!kept && !wins.get(field))
      await Promise.all(Array.from({ length: Math.min(10, clients) }, (_, client) => contend(field, client)))
    const winners = (wins.get(field) ?? 0) + (kept ? 1 : 0)
    if (winners !== 1) wrong.push(`${kind} ${wanted.start}: ${winners} winners`)
  }
  wrong.push(...(await overlaps(track)))
  const [counted] = await track.sql(`select count(*)::int as n from appointments.booking where status = 'booked'`)
  const expected = fields.length + fields.filter(({ kind }) => kind === 'moves-away').length
  if (counted?.['n'] !== expected) wrong.push(`${String(counted?.['n'])} are booked, not ${expected}`)
  return { wrong, lost, won: wins.values().reduce((sum, n) => sum + n, 0) }
}

/** What happens to the slot in the midst of those who want it. */
async function disturb({ kind, owner, id, spare }: Field, { call, sql }: Track): Promise<CallAnswer | undefined> {
  if (kind === 'free') return undefined
  const headers = { 'idempotency-key': randomUUID() }
  if (kind === 'moves-away') {
    const params = { appointmentId: id }
    return call('appointments.reschedule', { token: owner, params, body: { start: spare }, headers })
  }
  if (kind === 'hold-ends')
    await sql(
      `update appointments.booking set hold_expires_at = clock_timestamp() + interval '10 milliseconds' where id = $1`,
      [id],
    )
  return call('appointments.book', { token: owner, body: { holdId: id }, headers })
}

/** By times alone, not by the constraints: each live booking beside the next of the same provider, room or patient. */
async function overlaps({ sql }: Track): Promise<string[]> {
  const found: string[] = []
  for (const [who, from, to] of [
    ['provider_id', 'taken_from', 'taken_to'],
    ['room_id', 'taken_from', 'taken_to'],
    ['patient_id', 'starts', 'ends'],
  ]) {
    const rows = await sql(`
      select id from (
        select id, ${from} as since, max(${to}) over (partition by ${who} order by ${from}, id
               rows between unbounded preceding and 1 preceding) as before
          from appointments.booking
         where ${who} is not null and (status in ('booked', 'checked-in', 'arrived', 'in-progress', 'completed')
            or (status = 'held' and hold_expires_at > clock_timestamp()))) t
       where since < before`)
    if (rows.length > 0) found.push(`${rows.length} overlaps by ${who}`)
  }
  return found
}

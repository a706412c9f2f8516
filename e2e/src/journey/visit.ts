import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Json, Portal, PortalAnswer } from '../portal.ts'
import type { Cast } from './cast.ts'
import type { Say } from './import-to-screen.ts'

const MINUTE = 60_000
/** Of the demo: open round the clock, so that a visit can be lived through today. */
const VISIT_TYPE = 'Same-day visit'
const REASON = 'A cough that does not go away'
const FILED_WITHIN_MS = 15_000

/** A visit that took place. */
export interface Visit {
  readonly appointmentId: string
  readonly encounterId: string
  readonly visitTypeId: string
  readonly priceCode: string
}

/** A whole visit, as a patient lives it: from a free time to the encounter in the record. */
export async function liveVisit(
  portal: Portal,
  { clinician, rivals }: Pick<Cast, 'clinician' | 'rivals'>,
  patient: string,
  say: Say,
): Promise<Visit> {
  const type = await visitType(portal, patient)
  const free = await freeSlots(portal, patient, type.id)
  const hold = await holdFirst(portal, patient, free)
  say(`${free.length} free times for a ${type.name.toLowerCase()} until tomorrow; the first is held for ten minutes`)

  const { appointment, alternatives } = await race(portal, patient, rivals, hold)
  say(`booked; two others who wanted it heard 409, and ${alternatives.length} nearest free times`)

  const moved = await moveTo(portal, patient, appointment.id, alternatives)
  assert.equal(moved.reason, REASON)
  const stranger = await portal.send('POST', `/v1/appointments/${appointment.id}/cancel`, { token: rivals[0] })
  assert.equal(stranger.status, 404)
  await becameFree(portal, rivals[0], type.id, hold.start)
  say('moved to another time, and the first is free again; to another patient the appointment does not exist')

  const act = (path: string, token: string, body: object = {}) =>
    portal.expect(200, 'POST', `${path}/${appointment.id}/${path.includes('admin') ? 'status' : 'check-in'}`, {
      token,
      body,
    })
  assert.equal((await act('/v1/appointments', patient)).status, 'checked-in')
  for (const action of ['arrive', 'begin']) await act('/v1/admin/appointments', clinician, { action })
  const done = await act('/v1/admin/appointments', clinician, { action: 'complete' })
  assert.equal(done.status, 'completed')
  const again = await act('/v1/admin/appointments', clinician, { action: 'complete' })
  assert.equal(again.encounterId, done.encounterId)
  say('checked in by the patient; arrived, begun and completed by the clinician')

  const encounter = await filed(portal, patient, done.encounterId)
  assert.equal(encounter.source, 'local')
  assert.equal(encounter.code.text, type.name)
  say(`the encounter is in the record: ${encounter.code.text} with ${encounter.performers[0]}, ${encounter.facility}`)
  return {
    appointmentId: appointment.id,
    encounterId: done.encounterId,
    visitTypeId: type.id,
    priceCode: type.priceCode,
  }
}

async function visitType(portal: Portal, token: string): Promise<Json> {
  const { items } = await portal.all('/v1/visit-types', token)
  const type = items.find(({ name }) => name === VISIT_TYPE)
  if (!type) throw new Error(`nobody offers a "${VISIT_TYPE}": npm start without --no-demo makes one`)
  return type
}

/** Free times of the next 23 hours (check-in opens a day before): none at which the patient is elsewhere. */
async function freeSlots(portal: Portal, token: string, visitTypeId: string): Promise<Json[]> {
  const from = new Date(Date.now() + 5 * MINUTE).toISOString()
  const to = new Date(Date.now() + 23 * 60 * MINUTE).toISOString()
  const query = new URLSearchParams({ visitTypeId, from, to, limit: '100' })
  const { items } = await portal.expect(200, 'GET', `/v1/slots?${query.toString()}`, { token })
  return items
}

/** Holds the first time that nobody else takes meanwhile. */
async function holdFirst(portal: Portal, token: string, free: readonly Json[]): Promise<Json> {
  for (const { providerId, facilityId, visitTypeId, start } of free) {
    const body = { providerId, facilityId, visitTypeId, start }
    const answer = await portal.send('POST', '/v1/holds', { token, body })
    if (answer.status === 201) return answer.body
    assert.equal(answer.body?.code, 'slot-taken', `a hold was answered with ${answer.status} ${answer.body?.code}`)
  }
  throw new Error('no time is free until tomorrow')
}

/** The patient books what is held while two others want the same time. */
async function race(portal: Portal, patient: string, rivals: Cast['rivals'], hold: Json) {
  const { providerId, facilityId, visitTypeId, start } = hold
  const book = (token: string, body: object): Promise<PortalAnswer> =>
    portal.send('POST', '/v1/appointments', { token, body, headers: { 'idempotency-key': randomUUID() } })
  const [mine, ...losers] = await Promise.all([
    book(patient, { holdId: hold.id, reason: REASON }),
    ...rivals.map((rival) => book(rival, { providerId, facilityId, visitTypeId, start })),
  ])
  assert.equal(mine?.status, 201, `booking: ${mine?.status} ${mine?.body?.code}`)
  const offered = losers.map(({ status, body }) => {
    assert.equal(status, 409)
    assert.equal(body.code, 'slot-taken')
    return (body.fields as { expected: string }[]).map(({ expected }) => expected)
  })
  const alternatives = offered[0] ?? []
  assert.ok(alternatives.length > 0 && !alternatives.includes(start))
  return { appointment: mine?.body, alternatives }
}

/** Moves the appointment to the first of these times that it gets. */
async function moveTo(portal: Portal, token: string, id: string, starts: readonly string[]): Promise<Json> {
  for (const start of starts) {
    const answer = await portal.send('POST', `/v1/appointments/${id}/reschedule`, { token, body: { start } })
    if (answer.status === 200) {
      assert.equal(answer.body.start, start)
      return answer.body
    }
    assert.equal(answer.status, 409, `rescheduling: ${answer.status} ${answer.body?.code}`)
  }
  throw new Error('none of the alternatives could be had')
}

async function becameFree(portal: Portal, token: string, visitTypeId: string, start: string): Promise<void> {
  const to = new Date(Date.parse(start) + 1).toISOString()
  const query = new URLSearchParams({ visitTypeId, from: start, to })
  const { items } = await portal.expect(200, 'GET', `/v1/slots?${query.toString()}`, { token })
  assert.ok(
    items.some((slot: Json) => slot.start === start),
    `${start} is not free again`,
  )
}

/** The encounter of the visit, once records has filed it; there is one, and no other of this id. */
async function filed(portal: Portal, token: string, encounterId: string): Promise<Json> {
  const deadline = Date.now() + FILED_WITHIN_MS
  while (Date.now() < deadline) {
    const { items } = await portal.all('/v1/patients/me/encounters', token, 100)
    const found = items.filter(({ id }) => id === encounterId)
    if (found.length === 1) return found[0]
    await after(50)
  }
  throw new Error(`the encounter of the visit is not in the record after ${FILED_WITHIN_MS / 1000} s`)
}

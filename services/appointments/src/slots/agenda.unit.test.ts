import { randomUUID } from 'node:crypto'
import { FacilityId } from '@wellgate/shared/contracts/ids'
import { expect, it } from 'vitest'
import { createAgenda, type Turn } from './agenda.ts'
import type { Calendar, Place } from './calendar.ts'

const DAY = 86_400_000
const FROM = Date.parse('2026-11-30T00:00:00Z')
const visitTypeId = randomUUID()
const type = {
  id: visitTypeId,
  name: 'Visit',
  durationMinutes: 30,
  stepMinutes: 30,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  needsRoom: false,
  priceCode: 'P',
  horizonDays: 365,
  minimumNoticeMinutes: 0,
  changeNoticeMinutes: 0,
  selfBookable: true,
  active: true,
}
const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => {
  return { weekday, fromMinute: 540, toMinute: 1020, validFrom: null, validTo: null }
})

/** A calendar of so many providers who all work from nine to five. */
function calendarOf(providers: number): Calendar & { ids: string[] } {
  const facilityId = FacilityId.parse(randomUUID())
  const ids = Array.from({ length: providers }, () => randomUUID()).toSorted()
  const places = ids.map((providerId): Place => ({ providerId, facilityId, zone: 'UTC', hours, extra: [], off: [] }))
  const visitTypes = new Map([[visitTypeId, type]])
  return { version: '1', since: 0, visitTypes, places: new Map([[visitTypeId, places]]), ids }
}

/** Asks for whole days of a provider, or of all. A day that is kept gives the same turns again, one that is not gives others. */
const asker =
  (calendar: Calendar, most?: number, agenda = createAgenda(calendar, most)) =>
  (days: number, providerId?: string, first = 0): Turn[] => [
    ...agenda.turns({ visitTypeId, providerId }, { from: FROM + first * DAY, to: FROM + (first + days) * DAY }),
  ]

it('keeps days', () => {
  const ask = asker(calendarOf(10))
  const [turn] = ask(92)
  expect(turn?.places).toHaveLength(10)
  expect(ask(92)[0]).toBe(turn)
})

it('keeps fewer days than would outweigh the bound, and those that were asked for last', () => {
  const calendar = calendarOf(300)
  // A provider's day has 16 turns: more than 16 x 48 bytes.
  const ask = asker(calendar, 50 * 16 * 48)
  const [all] = ask(1)
  const turns = calendar.ids.map((id) => {
    expect(ask(1)[0]).toBe(all)
    return ask(1, id)[0]
  })
  expect(ask(1, calendar.ids.at(-1))[0]).toBe(turns.at(-1))
  for (const n of [0, 100, 200, 250]) {
    const [again] = ask(1, calendar.ids[n])
    expect(again).toEqual(turns[n])
    expect(again).not.toBe(turns[n])
  }
})

it('counts what days without a start weigh, with their keys', () => {
  const calendar = calendarOf(1)
  const never =
    calendarOf(1)
      .places.get(visitTypeId)
      ?.map((place): Place => ({ ...place, hours: [] })) ?? []
  const places = new Map([[visitTypeId, [...(calendar.places.get(visitTypeId) ?? []), ...never]]])
  const ask = asker({ ...calendar, places }, 100_000)
  const [turn] = ask(1)
  expect(ask(1_000, never[0]?.providerId)).toEqual([])
  expect(ask(1)[0]).toEqual(turn)
  expect(ask(1)[0]).not.toBe(turn)
})

it('keeps nothing for whoever nobody knows', () => {
  const ask = asker(calendarOf(1), 5_000)
  const [turn] = ask(1)
  for (let n = 0; n < 1_000; n++) expect(ask(92, randomUUID())).toEqual([])
  expect(ask(1)[0]).toBe(turn)
})

it('gives a day that alone outweighs the bound', () => {
  expect(asker(calendarOf(300), 500)(1)).toHaveLength(16)
})

import { expect, it } from 'vitest'
import { addDays, addMonths, daysOf, isTimeZone } from './days.ts'

it('gives the day by the wall clock of the zone', () => {
  const moment = new Date('2026-11-23T23:30:00Z')
  expect(daysOf('UTC')(moment)).toBe('2026-11-23')
  expect(daysOf('Asia/Tokyo')(moment)).toBe('2026-11-24')
  expect(daysOf('America/New_York')(new Date('2026-03-08T04:59:59Z'))).toBe('2026-03-07')
})

it('adds days over months, years and leap days', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
  expect(addDays('2026-03-01', -1)).toBe('2026-02-28')
})

it('keeps to the last day of a month that is too short, and goes back to the day after it', () => {
  expect([0, 1, 2, 13].map((months) => addMonths('2027-01-31', months))).toEqual([
    '2027-01-31',
    '2027-02-28',
    '2027-03-31',
    '2028-02-29',
  ])
  expect(addMonths('2026-11-30', 3)).toBe('2027-02-28')
})

it('knows a zone from what is none', () => {
  expect(isTimeZone('Australia/Lord_Howe')).toBe(true)
  expect(isTimeZone('Mars/Olympus')).toBe(false)
})

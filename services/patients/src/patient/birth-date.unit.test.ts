import { describe, expect, it } from 'vitest'
import { isPossibleBirthDate } from './birth-date.ts'

const possible = (birthDate: string, now: string) => isPossibleBirthDate(birthDate, new Date(now))

describe('a birth date', () => {
  it('is not after today, where today is latest', () => {
    expect(possible('2026-11-29', '2026-11-29T09:00:00Z')).toBe(true)
    expect(possible('2026-11-30', '2026-11-29T09:59:59Z')).toBe(false)
    expect(possible('2026-11-30', '2026-11-29T10:00:00Z')).toBe(true)
    expect(possible('2099-01-01', '2026-11-29T09:00:00Z')).toBe(false)
  })

  it('is not more than 130 years ago', () => {
    expect(possible('1896-11-29', '2026-11-29T09:00:00Z')).toBe(true)
    expect(possible('1896-11-28', '2026-11-29T09:00:00Z')).toBe(false)
    expect(possible('1700-01-01', '2026-11-29T09:00:00Z')).toBe(false)
    expect(possible('1894-02-28', '2024-02-29T09:00:00Z')).toBe(false)
    expect(possible('1894-03-01', '2024-02-29T09:00:00Z')).toBe(true)
  })

  it('that is a year or a month is possible where one of its days is', () => {
    const now = '2026-11-29T09:00:00Z'
    for (const good of ['2026', '2026-11', '1896', '1896-11', '1980']) expect(possible(good, now)).toBe(true)
    for (const bad of ['2027', '2026-12', '1895', '1896-10']) expect(possible(bad, now)).toBe(false)
  })
})

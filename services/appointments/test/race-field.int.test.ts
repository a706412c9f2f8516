import { afterAll, beforeAll, expect, it } from 'vitest'
import { layField, runRace } from './race-field.ts'
import { type Clinic, startClinic } from './support.ts'

const CLIENTS = Number(process.env['WELLGATE_RACE_CLIENTS'] ?? 60)
const SLOTS = Number(process.env['WELLGATE_RACE_SLOTS'] ?? 8)

let clinic: Clinic
beforeAll(async () => {
  clinic = await startClinic({ WELLGATE_STATEMENT_TIMEOUT_MS: '60000' })
})
afterAll(() => clinic?.service.stop())

// The whole, 200 clients and 1,000 slots, from a process of its own: node bench/src/race.ts
it(`${SLOTS} slots, each wanted by ${CLIENTS} at once, have one winner each`, { timeout: 3_600_000 }, async () => {
  const fields = await layField(clinic, SLOTS)
  const tokens = new Map<string, string>()
  const outcome = await runRace(fields, CLIENTS, {
    call: (id, options) => clinic.call(id, options),
    sql: async (text, values = []) => (await clinic.service.adminPool.query(text, values)).rows,
    token(client, provider) {
      const key = `${client} ${provider}`
      const token = tokens.get(key) ?? clinic.patient().token
      tokens.set(key, token)
      return token
    },
  })
  expect(outcome.wrong).toEqual([])
  expect(outcome.won + outcome.lost.length).toBeGreaterThanOrEqual(CLIENTS * SLOTS)
})

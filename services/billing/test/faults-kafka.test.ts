import process from 'node:process'
import { whyNoKafka } from '@wellgate/shared/testing/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditFaults } from './fault-audit.ts'
import { payThroughFaults } from './fault-run.ts'
import { type FaultStack, startFaultStack } from './fault-stack.ts'

/** WELLGATE_TEST_PAYMENTS=500 for the whole of it: minutes. A multiple of ten; everything is killed at least once. */
const PAYMENTS = Number(process.env['WELLGATE_TEST_PAYMENTS'] ?? 100)
const KILLS = PAYMENTS >= 500 ? 8 : 4

const why = await whyNoKafka(process.env)

describe.skipIf(why !== undefined)(`payments over Kafka${why === undefined ? '' : ` (${why})`}`, () => {
  let stack: FaultStack
  beforeAll(async () => {
    stack = await startFaultStack('kafka')
  }, 180_000)
  afterAll(() => stack?.stop())

  it(
    `${PAYMENTS} while billing, the broker, the sandbox and Postgres are killed in turn: the books agree`,
    { timeout: 900_000 },
    async () => {
      const run = await payThroughFaults(stack, PAYMENTS, Math.floor((PAYMENTS - 1) / (KILLS + 0.5)))
      process.stdout.write(`killed ${JSON.stringify(Object.fromEntries(run.kills))}\n`)
      for (const count of run.kills.values()) expect(count).toBeGreaterThanOrEqual(KILLS / 4)
      await auditFaults(stack, PAYMENTS, run)
    },
  )
})

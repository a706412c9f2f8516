import { afterAll, beforeAll, expect, it } from 'vitest'
import { auditFaults } from './fault-audit.ts'
import { payThroughFaults } from './fault-run.ts'
import { type FaultStack, startFaultStack } from './fault-stack.ts'

const PAYMENTS = 500

let stack: FaultStack
beforeAll(async () => {
  stack = await startFaultStack('postgres')
}, 120_000)
afterAll(() => stack?.stop())

it(
  `${PAYMENTS} payments while everything is killed in turn: each ends, is charged once, and the books agree`,
  { timeout: 480_000 },
  async () => {
    const run = await payThroughFaults(stack, PAYMENTS, 60)
    for (const count of run.kills.values()) expect(count).toBeGreaterThanOrEqual(2)
    await auditFaults(stack, PAYMENTS, run)
  },
)

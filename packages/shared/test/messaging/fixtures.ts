import { z } from 'zod'
import { event } from '../../src/contracts/event.ts'
import { createPool } from '../../src/db/pool.ts'
import type { Tx } from '../../src/db/tx.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import { createEventSealer, type EventSealer } from '../../src/crypto/event-sealer.ts'

const base = { version: 1, lane: 'default', producer: 'patients', key: 'id', readers: ['records'] } as const

/** What the suites publish: one clear and one protected event, on topics of their own. */
export const counted = event({
  ...base,
  type: 'tally.counted',
  topic: 'tally',
  protected: false,
  summary: 'A tally went up.',
  payload: z.object({ id: z.string(), n: z.int(), poison: z.boolean().optional() }),
})

export const whispered = event({
  ...base,
  type: 'secret.whispered',
  topic: 'secret',
  protected: true,
  summary: 'Something confidential.',
  payload: z.object({ id: z.string(), words: z.string() }),
})

export const testEvents = [counted, whispered] as const

export const silent = createLogger({ service: 'test', level: process.env['TEST_LOG'] ?? 'silent' })
export const metrics = () => createMetrics('test')

/** An effect that can be looked at: what the consumer wrote, in the order of its transactions. */
export const EFFECTS = `
  CREATE TABLE tally (id text PRIMARY KEY, n int NOT NULL);
  CREATE TABLE effect (at bigint GENERATED ALWAYS AS IDENTITY, id text NOT NULL, n int NOT NULL, member text NOT NULL);
`

export async function recordEffect(tx: Tx, payload: { id: string; n: number }, member: string): Promise<void> {
  await tx.query('INSERT INTO effect (id, n, member) VALUES ($1, $2, $3)', [payload.id, payload.n, member])
}

export const poolOf = (connectionString: string, max = 4) =>
  createPool({ connectionString, max, applicationName: 'test', statementTimeoutMs: 10_000 })

const flip = (bytes: Buffer) => Promise.resolve(Buffer.from(bytes.map((byte) => byte ^ 0x5a)))

/** The real sealer over a KMS that lives in this process; every sealer made here shares its one key. */
export const testSealer = (): EventSealer => {
  return createEventSealer({
    kms: { wrap: (_, bytes) => flip(bytes), unwrap: (_, bytes) => flip(bytes) },
    deployment: 'test',
  })
}

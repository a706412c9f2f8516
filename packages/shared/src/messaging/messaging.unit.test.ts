import type { Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { accessHandlers } from '../access/access-events.ts'
import { patientRegistered } from '../contracts/patients/events.ts'
import { platformErrors } from '../errors/platform-errors.ts'
import { allEvents } from '../contracts/all-events.ts'
import { SealError } from '../crypto/failures.ts'
import { createLogger } from '../observability/logger.ts'
import { createMetrics } from '../observability/metrics.ts'
import { createWake } from './backoff.ts'
import { causeOf, isInvalid, isOutage } from './failure.ts'
import { createConsumer } from './consumer.ts'
import { handle, keepUnknown } from './handlers.ts'
import { lookEveryMs } from './lanes.ts'
import { decodeMessage, encodeMessage, InvalidMessage, type Message } from './message.ts'
import { topicsOf } from './topics.ts'
import type { Transport } from './transport.ts'

describe('topicsOf', () => {
  test('names each topic once, with all its producers and readers', () => {
    const topics = topicsOf(allEvents)
    expect(topics.map(({ name }) => name)).toEqual([...new Set(allEvents.map(({ topic }) => topic))].toSorted())
    expect(topics.find(({ name }) => name === 'access')).toMatchObject({ partitions: 4, producers: ['identity'] })
    expect(topics.find(({ name }) => name === 'import-applied')).toMatchObject({
      partitions: 12,
      producers: ['billing', 'patients', 'records'],
      readers: ['interop'],
    })
  })
})

describe('messages', () => {
  const message: Message = {
    topic: 'patient',
    key: 'p1',
    id: '0198f2f4-7f1c-7000-8000-000000000001',
    headers: { 'wellgate-sealed-key': 'k' },
    envelope: {
      specversion: '1.0',
      id: '0198f2f4-7f1c-7000-8000-000000000001',
      source: '/wellgate/patients',
      type: 'patient.registered.v1',
      subject: 'p1',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      partitionkey: 'p1',
      aggregateversion: 3,
    },
    payload: Buffer.from([0, 255, 1]),
  }

  test('come back as they were sent', () => {
    expect(decodeMessage(encodeMessage(message))).toMatchObject(message)
    expect(decodeMessage(encodeMessage(message)).payload).toEqual(message.payload)
  })

  test.each([
    ['not JSON', 'x'],
    ['(root): invalid_type', '1'],
    ['specversion: invalid_value', JSON.stringify({ ...message.envelope, specversion: '2.0' })],
    ['partitionkey', JSON.stringify({ ...message.envelope, partitionkey: 'p2' })],
  ])('are refused by place only: %s', (where, value) => {
    const decode = () => decodeMessage({ ...encodeMessage(message), value })
    expect(decode).toThrow(new InvalidMessage(where))
  })
})

describe('keepUnknown', () => {
  test('keeps fields the schema does not know, at any depth, and what the schema made of the others', () => {
    const schema = z.object({
      a: z.object({ n: z.coerce.number() }),
      list: z.array(z.object({ x: z.int() })),
      d: z.string().default('d'),
    })
    const raw = { a: { n: '1', more: 2 }, list: [{ x: 1, y: 2 }], extra: { deep: true } }
    expect(keepUnknown(raw, schema.parse(raw))).toEqual({
      a: { n: 1, more: 2 },
      list: [{ x: 1, y: 2 }],
      d: 'd',
      extra: { deep: true },
    })
  })
})

describe('a bell', () => {
  const { signal } = new AbortController()
  const HOUR_MS = 3_600_000

  test('remembers a wake that came while nobody waited, once', async () => {
    const bell = createWake()
    bell.wake()
    bell.wake()
    await bell.wait(HOUR_MS, signal)
    const stop = new AbortController()
    const waits = bell.wait(HOUR_MS, stop.signal).then(() => stop.signal.aborted)
    stop.abort()
    expect(await waits).toBe(true)
  })

  test('wakes who waits, at each wait anew', async () => {
    const bell = createWake()
    for (let n = 0; n < 3; n++) {
      const waits = bell.wait(HOUR_MS, signal)
      bell.wake()
      await waits
    }
  })

  test('is not waited for longer than asked, nor after an abort', async () => {
    await createWake().wait(1, signal)
    await createWake().wait(HOUR_MS, AbortSignal.abort())
  })
})

describe('the net under NOTIFY', () => {
  test('is a second at most for what revokes, whose group says so', () => {
    expect(lookEveryMs('access')).toBeLessThanOrEqual(1_000)
    const asked: unknown[] = []
    const subscribe: Transport['subscribe'] = ({ lane, types }) => {
      asked.push([lane, types])
      return { close: () => Promise.resolve() }
    }
    const around = {
      service: 'records',
      pool: {} as Pool,
      transport: { subscribe } as Transport,
      log: createLogger({ service: 'records', level: 'silent' }),
    } as const
    const other = handle(patientRegistered, () => Promise.resolve())
    for (const handlers of [accessHandlers(), [other]])
      createConsumer({ ...around, group: 'g', handlers, metrics: createMetrics('records') }).start()
    const revoking = ['access.session-revoked.v1', 'access.account-changed.v1', 'access.heartbeat.v1']
    expect(asked).toEqual([
      ['access', revoking],
      ['default', ['patient.registered.v1']],
    ])
  })
})

const pgError = (code: string) =>
  Object.assign(new Error('a value: Jane Doe'), { code, table: 'visit', constraint: 'visit_pkey' })

describe('failures', () => {
  test.each(['57P01', '08006', '53300', '40001', '40P01', 'ECONNREFUSED'])('%s is an outage', (code) => {
    expect(isOutage(pgError(code))).toBe(true)
  })

  test.each(['23505', '22P02', '57014'])('%s is a fault of the event or its handler', (code) => {
    expect(isOutage(pgError(code))).toBe(false)
  })

  test('a KMS that does not answer is an outage, a payload that does not open is invalid', () => {
    expect(isOutage(platformErrors.unavailable({}))).toBe(true)
    expect(isInvalid(new SealError('broken', 'patient'))).toBe(true)
    expect(isOutage(new SealError('broken', 'patient'))).toBe(false)
  })

  test('a cause names code and place, never the message of foreign code', () => {
    const cause = causeOf(pgError('23505'))
    expect(cause).toMatch(/^Error 23505 visit visit_pkey, at /)
    expect(cause).not.toContain('Jane')
    const invalid = z.object({ name: z.int() }).safeParse({ name: 'Jane' }).error
    expect(causeOf(invalid)).toBe('payload does not satisfy its contract at name: invalid_type')
    expect(causeOf('Jane')).toBe('thrown: string')
  })
})

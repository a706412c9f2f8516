import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createLogger, type Logger } from './logger.ts'

const PHI = 'Ingrid Okafor-Lindqvist'

interface Line {
  readonly [name: string]: unknown
  readonly msg: string
}

/** What is logged, as text and as lines. */
function lineOf(write: (log: Logger) => void): Line {
  let text = ''
  write(createLogger({ service: 'records', level: 'debug', destination: { write: (chunk) => void (text += chunk) } }))
  expect(text).not.toContain('Ingrid')
  expect(text.trimEnd().split('\n')).toHaveLength(1)
  return JSON.parse(text) as Line
}

describe('a line', () => {
  test('says service, level, time and what is allowed', () => {
    const line = lineOf((log) => log.warn({ route: '/v1/patients/:patientId', status: 500, ms: 3 }, 'slow'))
    expect(line).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: 'records',
      route: '/v1/patients/:patientId',
      status: 500,
      ms: 3,
      msg: 'slow',
    })
  })

  test('drops every field that is not on the list', () => {
    const line = lineOf((log) => log.info({ patient: PHI, body: { name: PHI }, patientId: PHI, count: 1 }, 'read'))
    expect(Object.keys(line).toSorted()).toEqual(['count', 'level', 'msg', 'service', 'time'])
  })

  test('of a child, and of its child, drops them too', () => {
    const line = lineOf((log) =>
      log.child({ lane: 'access', name: PHI }).child({ group: 'g', body: PHI }).info({ url: PHI }, 'x'),
    )
    expect(line).toMatchObject({ service: 'records', lane: 'access', group: 'g' })
    expect(Object.keys(line).toSorted()).toEqual(['group', 'lane', 'level', 'msg', 'service', 'time'])
  })

  test('has no credentials, wherever they hang', () => {
    const line = lineOf((log) =>
      log.info({ fields: { authorization: PHI, cookie: PHI, password: PHI, token: PHI } }, 'x'),
    )
    expect(line['fields']).toEqual({})
    const below = lineOf((log) => log.info({ fields: [{ route: 'a', deep: { token: PHI } }] }, 'x'))
    expect(below['fields']).toEqual([{ route: 'a', deep: {} }])
  })

  test('has a date, an address and bytes as JSON has them, and no credentials of what tells itself', () => {
    const day = new Date('2026-01-02T03:04:05.000Z')
    const own = { toJSON: () => ({ route: 'a', token: PHI }) }
    const fields = { day, url: new URL('http://records:8080/x'), bytes: Buffer.from('ab'), own }
    expect(lineOf((log) => log.info({ fields }, 'x'))['fields']).toEqual({
      day: '2026-01-02T03:04:05.000Z',
      url: 'http://records:8080/x',
      bytes: { type: 'Buffer', data: [97, 98] },
      own: { route: 'a' },
    })
  })

  test('has no error but by name and place, wherever it hangs', () => {
    const { fields } = lineOf((log) => log.info({ fields: { cause: quoting() } }, 'x'))
    expect(fields).toMatchObject({ cause: { name: 'TypeError', code: '23514' } })
    expect(fields).not.toHaveProperty('cause.detail')
  })

  test('of what holds itself ends', () => {
    const fields: Record<string, unknown> = { route: 'a' }
    fields['self'] = fields
    expect(lineOf((log) => log.info({ fields }, 'x'))).toMatchObject({ fields: { route: 'a', self: { route: 'a' } } })
  })
})

const quoting = (cause?: unknown) =>
  Object.assign(new TypeError(`row (${PHI}, 1958-11-02) violates "x"`, { cause }), {
    code: '23514',
    detail: PHI,
    row: { name: PHI },
  })

describe('an error', () => {
  test('is logged by name, code and place, without the message that quotes a patient', () => {
    const { err } = lineOf((log) => log.error({ err: quoting() }, 'failed'))
    expect(err).toEqual({ name: 'TypeError', code: '23514', stack: expect.any(Array) })
    expect((err as { stack: string[] }).stack[0]).toMatch(/^at .*logger\.unit\.test\.ts:\d+:\d+/)
    expect((err as { stack: string[] }).stack.length).toBeLessThanOrEqual(8)
  })

  test.each([
    ['a first argument', (log: Logger) => log.error(quoting()), 'TypeError'],
    ['a first argument with a message of ours', (log: Logger) => log.error(quoting(), 'failed'), 'failed'],
    ['err without a message', (log: Logger) => log.error({ err: quoting() }), 'TypeError'],
    ['what a child is bound to', (log: Logger) => log.child({ err: quoting() }).error('failed'), 'failed'],
  ])('never lends its message to the line, as %s', (_how, write, msg) => {
    const line = lineOf(write)
    expect(line.msg).toBe(msg)
    expect(line['err']).toMatchObject({ name: 'TypeError', code: '23514' })
  })

  test('tells its causes the same way', () => {
    const { err } = lineOf((log) => log.error({ err: quoting(quoting(new RangeError(PHI))) }, 'failed'))
    expect(err).toMatchObject({
      name: 'TypeError',
      cause: { name: 'TypeError', code: '23514', cause: { name: 'RangeError' } },
    })
  })

  test('that is its own cause ends', () => {
    const error = quoting()
    error.cause = error
    expect(lineOf((log) => log.error({ err: error }, 'failed'))).toMatchObject({
      err: { cause: { name: 'TypeError' } },
    })
  })

  test.each([
    ['a narrative', `cannot parse "\n    at home, ${PHI}\n    at work"`],
    ['a forged frame', `x\n    at ${PHI} (/tmp/x.ts:1:1)\n`],
  ])('has no lines of its message among its frames: %s', (_what, message) => {
    const { err } = lineOf((log) => log.error({ err: new Error(message) }, 'failed'))
    expect((err as { stack: string[] }).stack[0]).toContain('logger.unit.test.ts')
  })

  test('whose message was changed after it was thrown keeps the first one out too', () => {
    const error = new Error(`x\n    at home, ${PHI}`)
    // V8 writes the stack when it is first read.
    expect(error.stack).toContain(PHI)
    error.message = 'another'
    lineOf((log) => log.error({ err: error }, 'failed'))
  })

  test('of zod and of JSON quotes nothing', () => {
    const zod = z.object({ name: z.literal('x') }).safeParse({ name: PHI }).error
    lineOf((log) => log.error({ err: zod }, 'failed'))
    const json = (() => {
      try {
        return JSON.parse(`{"name": ${PHI}`) as unknown
      } catch (error) {
        return error
      }
    })()
    lineOf((log) => log.error({ err: json }, 'failed'))
  })

  test.each([PHI, { name: PHI }, null, 7])('that is none says only its type: %j', (thrown) => {
    expect(lineOf((log) => log.error({ err: thrown }, 'failed'))['err']).toEqual({ name: typeof thrown })
  })
})

test('lines below the level are not written', () => {
  let text = ''
  const log = createLogger({
    service: 'records',
    level: 'error',
    destination: { write: (chunk) => void (text += chunk) },
  })
  log.warn('quiet')
  expect(text).toBe('')
})

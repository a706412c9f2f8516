import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { allRoutes } from '../src/contracts/all-routes.ts'
import type { PatientId } from '../src/contracts/ids.ts'
import { BYTES, route } from '../src/contracts/route.ts'
import { platformErrors } from '../src/errors/platform-errors.ts'
import { refuseByStanding } from '../src/http/admit.ts'
import { decodeCursor, encodeCursor } from '../src/http/cursor.ts'
import { fieldErrors } from '../src/http/field-errors.ts'
import type { Answer, Handlers, HandlerRequest } from '../src/http/handlers.ts'
import { ABOUT_SERVICES } from '../src/contracts/about.ts'
import { openApiOf } from '../src/http/openapi.ts'
import { createOpsServer } from '../src/http/ops.ts'
import { toPage } from '../src/http/pages.ts'
import { purposeOf } from '../src/http/request-parts.ts'
import { createMetrics } from '../src/observability/metrics.ts'
import { actorOf, type contracts, goodHandlers } from './http-fixture.ts'

describe('handlers are typed by their contracts', () => {
  type Contracts = typeof contracts
  type Change = Extract<Contracts[number], { id: 'records.change-chart' }>
  type Hello = Extract<Contracts[number], { id: 'records.say-hello' }>
  type Add = Extract<Contracts[number], { id: 'records.add-thing' }>

  it('in what they are given', () => {
    expectTypeOf<HandlerRequest<Change>['params']['patientId']>().toEqualTypeOf<PatientId>()
    expectTypeOf<HandlerRequest<Change>['ifMatch']>().toEqualTypeOf<number>()
    expectTypeOf<HandlerRequest<Change>['body']['text']>().toEqualTypeOf<string>()
    expectTypeOf<HandlerRequest<Hello>['actor']>().toEqualTypeOf<undefined>()
    expectTypeOf<HandlerRequest<Hello>['ifMatch']>().toEqualTypeOf<undefined>()
    expectTypeOf<HandlerRequest<Add>['idempotencyKey']['key']>().toEqualTypeOf<string>()
  })

  it('in what they answer', () => {
    const good: Answer<Hello> = { status: 200, body: { hello: 'x' } }
    // @ts-expect-error -- a status that the contract does not declare
    const status: Answer<Hello> = { status: 201, body: { hello: 'x' } }
    // @ts-expect-error -- a body that does not fit
    const body: Answer<Hello> = { status: 200, body: { hello: 7 } }
    // @ts-expect-error -- no body where one is declared
    const none: Answer<Hello> = { status: 200 }
    const { 'records.say-hello': _, ...rest } = goodHandlers
    // @ts-expect-error -- a contract without a handler
    const missing: Handlers<Contracts> = rest
    expect([good, status, body, none, missing]).toHaveLength(5)
  })
})

describe('standing', () => {
  it('makes only what rests on a relation wait for news', () => {
    for (const relation of ['self', 'staff-role', null] as const) {
      expect(() => refuseByStanding('stale', relation)).not.toThrow()
      expect(() => refuseByStanding('void', relation)).toThrow(platformErrors.unauthenticated().message)
    }
    expect(() => refuseByStanding('stale', 'relation')).toThrow(
      expect.objectContaining({ status: 503, code: 'stale-access' }),
    )
    expect(() => refuseByStanding('ok', 'relation')).not.toThrow()
  })
})

const of = (schema: z.ZodType, value: unknown) =>
  fieldErrors('body', schema.safeParse(value).error?.issues ?? [], schema)

describe('field errors', () => {
  it.each([
    [z.object({ n: z.int() }), { n: 1.5 }, [{ field: 'body.n', expected: 'a whole number' }]],
    [z.object({ n: z.number().gt(1) }), { n: 1 }, [{ field: 'body.n', expected: 'more than 1' }]],
    [z.object({ n: z.array(z.string()).max(1) }), { n: ['a', 'b'] }, [{ field: 'body.n', expected: 'at most 1 item' }]],
    [z.object({ n: z.enum(['a', 'b']) }), { n: 'zq7' }, [{ field: 'body.n', expected: 'one of "a", "b"' }]],
    [
      z.object({ n: z.array(z.object({ m: z.uuid() })) }),
      { n: [{ m: 'zq7' }] },
      [{ field: 'body.n.0.m', expected: 'a UUID' }],
    ],
    [
      z.object({
        n: z.union([
          z.iso.date(),
          z
            .string()
            .regex(/^\d{4}$/)
            .describe('A year'),
        ]),
      }),
      { n: 'zq7' },
      [{ field: 'body.n', expected: 'a date, YYYY-MM-DD, or a year' }],
    ],
    [z.record(z.string(), z.int()), { 'zq7 John': 'zq7' }, [{ field: 'body.?', expected: 'a whole number' }]],
    [
      z.object({}).refine(() => false, { message: '`mrn`, or `name`' }),
      {},
      [{ field: 'body', expected: '`mrn`, or `name`' }],
    ],
  ])('%#', (schema, value, expected) => {
    expect(of(schema, value)).toEqual(expected)
  })

  it('stay few, however much was wrong', () => {
    expect(
      of(
        z.array(z.int()),
        Array.from({ length: 1_000 }, () => 'x'),
      ),
    ).toHaveLength(20)
  })
})

describe('purpose of use', () => {
  it('is what the caller says, or what the role is there for', () => {
    expect(purposeOf({ 'x-purpose-of-use': 'HPAYMT' }, actorOf())).toBe('HPAYMT')
    expect(() => purposeOf({ 'x-purpose-of-use': 'curiosity' }, actorOf())).toThrow(
      expect.objectContaining({ status: 400 }),
    )
    const usual = (['clinician', 'biller', 'front-desk'] as const).map((role) =>
      purposeOf({}, actorOf({ roles: [role] })),
    )
    expect(usual).toEqual(['TREAT', 'HPAYMT', 'HOPERAT'])
    expect(purposeOf({}, actorOf())).toBe('PATRQT')
  })
})

const page = (rows: number[]) => toPage(rows, 2, String, (row) => row)

describe('pages', () => {
  it('end where there is no more', () => {
    expect(page([1, 2, 3])).toEqual({ items: ['1', '2'], next: encodeCursor(2) })
    expect(page([1, 2])).toEqual({ items: ['1', '2'], next: null })
    expect(page([])).toEqual({ items: [], next: null })
  })

  it('take back only a cursor of the right shape', () => {
    const schema = z.tuple([z.iso.date(), z.uuid()])
    const position = ['2026-11-23', crypto.randomUUID()]
    expect(decodeCursor(schema, encodeCursor(position), 'query.cursor')).toEqual(position)
    for (const bad of ['', 'x', '%%%', encodeCursor(['x', 1]), encodeCursor({ __proto__: [] })]) {
      expect(() => decodeCursor(schema, bad, 'body.cursor')).toThrow(
        expect.objectContaining({
          status: 400,
          details: { fields: [expect.objectContaining({ field: 'body.cursor' })] },
        }),
      )
    }
  })
})

const printed = route({
  id: 'records.print',
  method: 'GET',
  path: '/v1/paper',
  summary: 'Not JSON.',
  access: { kind: 'authenticated' },
  action: 'read',
  answers: { 200: BYTES },
  answerType: 'application/pdf',
})

describe('OpenAPI', () => {
  const document = openApiOf(allRoutes, { title: 'Wellgate', version: '1' }) as unknown as {
    paths: Record<
      string,
      Record<
        string,
        {
          operationId: string
          responses: Record<string, unknown>
          security: unknown[]
          'x-wellgate-access': string
          parameters: { name: string; in: string; required: boolean }[]
        }
      >
    >
  }
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path))

  it('has every contract, with every status it declares', () => {
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
      allRoutes.map(({ id }) => id as string).toSorted(),
    )
    for (const contract of allRoutes) {
      const operation = operations.find(({ operationId }) => operationId === contract.id)
      const declared = [...Object.keys(contract.answers), ...(contract.problems ?? []).map(String), '500', '503']
      expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(declared))
      expect(operation?.security).toEqual(contract.access.kind === 'public' ? [] : [{ bearer: [] }])
      expect(operation?.['x-wellgate-access']).toMatch(/\.$/)
      const inPath = operation?.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
      expect(inPath).toEqual([...contract.path.matchAll(/:(\w+)/g)].map(([, name]) => name))
    }
  })

  it('says who may use a route, what a service is for, and how a body may look', () => {
    const shown = openApiOf(allRoutes, { title: 'Wellgate', version: '1', about: ABOUT_SERVICES }) as unknown as {
      tags: { name: string; description: string }[]
      paths: Record<string, Record<string, unknown>>
    }
    expect(shown.tags.map(({ name }) => name).toSorted()).toEqual(Object.keys(ABOUT_SERVICES).toSorted())
    expect(shown.tags.every(({ description }) => description.endsWith('.'))).toBe(true)
    const example = { email: 'maria@example.org' }
    expect(shown.paths['/v1/sessions']?.['post']).toMatchObject({
      description: 'Anyone; no token.',
      requestBody: { content: { 'application/json': { example } } },
    })
  })

  it('says of an answer that is not JSON only what it is', () => {
    const paths = openApiOf([printed], { title: 'Wellgate', version: '1' })['paths'] as Record<string, never>
    expect(paths['/v1/paper']).toMatchObject({ get: { responses: { '200': { content: { 'application/pdf': {} } } } } })
    expect(JSON.stringify(paths)).toContain('application/problem+json')
  })

  it('asks for If-Match where the contract does', () => {
    const update = operations.find(({ operationId }) => operationId === 'patients.update-patient')
    expect(update?.parameters).toContainEqual(
      expect.objectContaining({ name: 'If-Match', in: 'header', required: true }),
    )
  })
})

describe('the ops server', () => {
  it('tells what is wrong, in time, and that it drains', async () => {
    let draining = false
    let broken = false
    let aborted = false
    const app = createOpsServer({
      metrics: createMetrics('test', { process: true }),
      isDraining: () => draining,
      checks: {
        good: async () => undefined,
        throwing: () => {
          if (broken) throw new Error('zq7')
          return Promise.resolve()
        },
        hanging: (signal) =>
          broken ? new Promise(() => signal.addEventListener('abort', () => (aborted = true))) : Promise.resolve(),
      },
    })
    const ready = async () => {
      const answer = await app.inject('/readyz')
      return [answer.statusCode, answer.json<{ failing: string[] }>().failing]
    }
    expect(await ready()).toEqual([200, []])
    draining = true
    expect(await ready()).toEqual([503, ['draining']])
    draining = false
    broken = true
    const began = performance.now()
    expect(await ready()).toEqual([503, ['throwing', 'hanging']])
    expect([performance.now() - began < 1_500, aborted]).toEqual([true, true])
    expect((await app.inject('/livez')).statusCode).toBe(200)
    expect((await app.inject('/metrics')).body).toContain('nodejs_eventloop_lag_seconds')
    await app.close()
  })
})

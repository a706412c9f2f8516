import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Actor } from '../src/access/actor.ts'
import type { JwksSource } from '../src/access/jwks.ts'
import { createTokenIssuer, generateSigningKey, publicJwkOf, type SigningKey } from '../src/access/token-issuer.ts'
import { createTokenVerifier } from '../src/access/tokens.ts'
import type { Standing, VoidList } from '../src/access/void-list.ts'
import type { AuditEntry } from '../src/audit/entry.ts'
import type { AuditWriter } from '../src/audit/writer.ts'
import type { Role } from '../src/contracts/access-rule.ts'
import { AccountId, FacilityId, PatientId, PatientRef, SessionId } from '../src/contracts/ids.ts'
import { BYTES, route } from '../src/contracts/route.ts'
import type { Handlers } from '../src/http/handlers.ts'
import { createHttpServer } from '../src/http/server.ts'
import { createLogger } from '../src/observability/logger.ts'
import { createMetrics, type Metrics } from '../src/observability/metrics.ts'
import type { Tracing } from '../src/observability/tracing.ts'

export const ISSUER = 'https://identity.test'
export const AUDIENCE = 'wellgate'
export const ANA = PatientId.parse('11111111-1111-4111-8111-111111111111')
export const BEN = PatientId.parse('22222222-2222-4222-8222-222222222222')
const FACILITY = FacilityId.parse('33333333-3333-4333-8333-333333333333')

const Chart = z.object({ patientId: PatientId, text: z.string() })

/** One contract of each kind. */
export const contracts = [
  route({
    id: 'records.say-hello',
    method: 'GET',
    path: '/v1/hello',
    summary: 'Public.',
    access: { kind: 'public' },
    action: 'read',
    answers: { 200: z.object({ hello: z.string() }) },
  }),
  route({
    id: 'records.read-chart',
    method: 'GET',
    path: '/v1/patients/:patientId/chart',
    summary: 'A chart.',
    access: { kind: 'patient', roles: ['clinician'] },
    action: 'read',
    params: z.object({ patientId: PatientRef }),
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(20) }),
    answers: { 200: Chart },
  }),
  route({
    id: 'records.change-chart',
    method: 'PATCH',
    path: '/v1/patients/:patientId/chart',
    summary: 'Change a chart.',
    access: { kind: 'patient', roles: ['clinician'] },
    action: 'update',
    params: z.object({ patientId: PatientRef }),
    ifMatch: true,
    body: z.strictObject({ text: z.string().max(20), born: z.iso.date().optional() }),
    answers: { 200: Chart },
    problems: [403],
  }),
  route({
    id: 'records.add-thing',
    method: 'POST',
    path: '/v1/admin/things',
    summary: 'Staff only, once a key.',
    access: { kind: 'staff', roles: ['front-desk'] },
    action: 'create',
    idempotency: 'required',
    body: z.strictObject({ name: z.string() }),
    answers: { 201: z.object({ id: z.string(), keyed: z.boolean() }) },
    problems: [409],
  }),
  route({
    id: 'records.log-out',
    method: 'DELETE',
    path: '/v1/own/session',
    summary: 'Any valid token.',
    access: { kind: 'authenticated' },
    action: 'logout',
    answers: { 204: null },
  }),
  route({
    id: 'records.take-bundle',
    method: 'POST',
    path: '/v1/admin/bundles',
    summary: 'Keeps the body as it came.',
    access: { kind: 'staff', roles: ['front-desk'] },
    action: 'create',
    contentType: 'application/fhir+json',
    bodyLimit: 2 * 1024 * 1024,
    answers: { 202: z.object({ bytes: z.int(), raw: z.boolean() }) },
    problems: [400, 413, 415],
  }),
  route({
    id: 'records.wait',
    method: 'GET',
    path: '/v1/wait',
    summary: 'Has 100 ms.',
    access: { kind: 'authenticated' },
    action: 'read',
    timeoutMs: 100,
    answers: { 204: null },
  }),
  route({
    id: 'records.print-chart',
    method: 'GET',
    path: '/v1/own/paper',
    summary: 'Not JSON.',
    access: { kind: 'authenticated' },
    action: 'read',
    answers: { 200: BYTES },
    answerType: 'application/pdf',
    problems: [404],
  }),
] as const

export type TestHandlers = Handlers<typeof contracts>

/** Handlers that do what a good use case does; a test replaces the one it is about. */
export const goodHandlers: TestHandlers = {
  'records.say-hello': async () => ({ status: 200, body: { hello: 'world' } }),
  'records.read-chart': async ({ params }) => ({
    status: 200,
    body: { patientId: params.patientId, text: 'well' },
    etag: 3,
  }),
  'records.change-chart': async ({ params, body, ifMatch }) => ({
    status: 200,
    body: { patientId: params.patientId, text: body.text },
    etag: ifMatch + 1,
  }),
  'records.add-thing': async ({ idempotencyKey }) => ({
    status: 201,
    body: { id: 'x', keyed: idempotencyKey.bodyHash.length === 32 },
  }),
  'records.log-out': async () => ({ status: 204 }),
  'records.print-chart': async () => ({
    status: 200,
    headers: { 'content-disposition': 'inline; filename="chart.pdf"' },
    body: Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff]),
  }),
  'records.wait': () => new Promise(() => undefined),
  'records.take-bundle': async ({ raw }) => ({
    status: 202,
    body: { bytes: Buffer.isBuffer(raw.body) ? raw.body.length : -1, raw: Buffer.isBuffer(raw.body) },
  }),
}

export const actorOf = (
  facts: { patientId?: PatientId; roles?: readonly Role[]; tokenVersion?: number } = {},
): Actor => ({
  accountId: AccountId.parse(crypto.randomUUID()),
  sessionId: SessionId.parse(crypto.randomUUID()),
  patientId: facts.patientId ?? null,
  roles: (facts.roles ?? []).map((role) => ({ role, facilityId: FACILITY })),
  tokenVersion: facts.tokenVersion ?? 1,
})

export interface TestServer {
  readonly app: FastifyInstance
  readonly key: SigningKey
  readonly entries: AuditEntry[]
  readonly metrics: Metrics
  /** Everything that was logged, as text. */
  logged(): string
  tokenOf(actor: Actor): string
  standing: Standing
  /** Makes the next audit entries fail. */
  auditFails: boolean
  auditTakesMs: number
}

/** A server whose audit and void list are in the test's hands; all else is real. */
export async function startTestServer(
  options: {
    handlers?: Partial<TestHandlers>
    strict?: boolean
    trustRequestId?: boolean
    audit?: AuditWriter
    jwks?: JwksSource
    tracing?: Tracing
    isDraining?: () => boolean
  } = {},
): Promise<TestServer> {
  const key = generateSigningKey()
  const lines: string[] = []
  const log = createLogger({
    service: 'test',
    destination: new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk))
        done()
      },
    }),
  })
  const metrics = createMetrics('test')
  const entries: AuditEntry[] = []
  const issuer = createTokenIssuer({ issuer: ISSUER, audience: AUDIENCE, key: () => key })
  const voidList: VoidList = {
    check: () => server.standing,
    refresh: async () => undefined,
    close: async () => undefined,
  }
  const audit: AuditWriter = {
    async record(entry) {
      if (server.auditFails) throw new Error('no database')
      await new Promise((resolve) => setTimeout(resolve, server.auditTakesMs))
      entries.push(entry)
    },
    close: async () => undefined,
  }
  const app = createHttpServer({
    service: 'records',
    contracts,
    handlers: { ...goodHandlers, ...options.handlers },
    deps: {
      verifier: createTokenVerifier({
        issuer: ISSUER,
        audience: AUDIENCE,
        jwks: options.jwks ?? (async () => [publicJwkOf(key)]),
      }),
      voidList,
      audit: options.audit ?? audit,
      log,
      metrics,
      ...(options.tracing ? { tracing: options.tracing } : {}),
    },
    strictAnswers: options.strict ?? false,
    trustRequestId: options.trustRequestId ?? false,
    ...(options.isDraining ? { isDraining: options.isDraining } : {}),
  })
  const server: TestServer = {
    app,
    key,
    entries,
    metrics,
    logged: () => lines.join(''),
    tokenOf: (actor) => issuer.issue(actor).token,
    standing: 'ok',
    auditFails: false,
    auditTakesMs: 0,
  }
  await app.ready()
  return server
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '../access/actor.ts'
import { DEFAULT_BODY_LIMIT, DEFAULT_TIMEOUT_MS, platformProblems, type RouteContract } from '../contracts/route.ts'
import { platformErrors } from '../errors/platform-errors.ts'
import { DomainError } from '../errors/problem.ts'
import type { Logger } from '../observability/logger.ts'
import { AnswerMismatch, sendAnswer } from './answer.ts'
import { acceptRaw } from './bodies.ts'
import { within } from './deadline.ts'
import { invalidRequest } from './field-errors.ts'
import type { UntypedHandler } from './handlers.ts'
import { limitLargeBodies } from './large-bodies.ts'
import { IDEMPOTENCY_KEY, type IdempotencyKey, idempotencyKeyOf } from './idempotency.ts'
import { purposeOf, versionOf } from './request-parts.ts'
import { type RequestState, newState, stateOf } from './request-state.ts'

/** Bodies of routes that allow so much may fill a process: it holds one of the longest, or many shorter ones. */
const LARGE_BYTES = 1024 * 1024

export interface RouteOptions {
  readonly log: Logger
  /** Refuses a problem status that the contract does not declare, instead of only logging it. For tests. */
  readonly strict: boolean
  /** Throws where the request may not go on. */
  admit(request: FastifyRequest): Promise<void>
}

/** Registers a contract. One that keeps its body as received gets a scope of its own, with its own body parser. */
export function registerRoute(
  app: FastifyInstance,
  contract: RouteContract,
  handler: UntypedHandler,
  options: RouteOptions,
): void {
  if (contract.access.kind === 'patient' && !contract.path.includes('/:patientId')) {
    throw new Error(`${contract.id}: a patient route needs :patientId in its path`)
  }
  if (contract.contentType === undefined) return addRoute(app, contract, handler, options)
  const { contentType, bodyLimit = DEFAULT_BODY_LIMIT } = contract
  app.register((scope, _options, done) => {
    acceptRaw(scope, contentType)
    if (bodyLimit >= LARGE_BYTES) limitLargeBodies(scope, bodyLimit)
    addRoute(scope, contract, handler, options)
    done()
  })
}

function addRoute(app: FastifyInstance, contract: RouteContract, handler: UntypedHandler, options: RouteOptions): void {
  app.route({
    method: contract.method,
    url: contract.path,
    exposeHeadRoute: false,
    bodyLimit: contract.bodyLimit ?? DEFAULT_BODY_LIMIT,
    onRequest: (request) => {
      request.wellgate = newState(contract)
      if (request.headers['content-encoding'] !== undefined) {
        throw platformErrors['unsupported-media-type']({
          fields: [{ field: 'headers.content-encoding', expected: 'not to be there' }],
        })
      }
      return options.admit(request)
    },
    handler: (request, reply) => run(request, reply, handler, options),
  })
}

async function run(
  request: FastifyRequest,
  reply: FastifyReply,
  handler: UntypedHandler,
  options: RouteOptions,
): Promise<FastifyReply> {
  const state = stateOf(request)
  const { contract } = state
  const query = read(contract, 'query', request.query)
  const body = read(contract, 'body', request.body)
  const context = {
    params: state.params,
    query,
    body,
    actor: state.actor,
    ifMatch: contract.ifMatch ? versionOf(request.headers) : undefined,
    idempotencyKey: keyOf(request, state, body),
    requestId: request.id,
    purposeOfUse: state.purpose,
    raw: request,
    get log() {
      return options.log.child({ requestId: request.id, route: contract.path })
    },
    subject: (patientId: string) => void (state.patientId = patientId),
    note: (detail: NonNullable<RequestState['detail']>) => void (state.detail = { ...state.detail, ...detail }),
    actsAs: (actor: Actor) => {
      state.actor = actor
      state.purpose = purposeOf({}, actor)
    },
  }
  try {
    const answer = await within(
      contract.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      () => handler(context),
      (error) => context.log.warn({ err: error }, 'a handler failed after its time was up'),
    )
    return sendAnswer(reply, contract, answer)
  } catch (error) {
    if (error instanceof DomainError && error.details.deniedOf !== undefined) {
      state.decision = 'deny'
      state.patientId = error.details.deniedOf
    }
    throw declared(contract, error, options)
  }
}

function read(contract: RouteContract, part: 'query' | 'body', value: unknown): unknown {
  const schema = contract[part]
  const parsed = schema?.safeParse(value)
  if (parsed && !parsed.success) throw invalidRequest(part, parsed.error, schema)
  return parsed?.data
}

function keyOf(request: FastifyRequest, { contract, actor }: RequestState, body: unknown): IdempotencyKey | undefined {
  if (!contract.idempotency || !actor) return undefined
  const sent = request.headers['idempotency-key']
  if (sent === undefined && contract.idempotency === 'optional') return undefined
  if (typeof sent !== 'string' || !IDEMPOTENCY_KEY.test(sent)) {
    throw platformErrors['invalid-request']({
      fields: [{ field: 'headers.idempotency-key', expected: '16 to 128 letters, digits or . _ : -, such as a UUID' }],
    })
  }
  return idempotencyKeyOf(actor.accountId, contract.id, sent, body)
}

/** A problem whose status the contract does not declare is a bug, but what it says to the caller may still be true. */
function declared(contract: RouteContract, error: unknown, { log, strict }: RouteOptions): unknown {
  if (!(error instanceof DomainError)) return error
  if (contract.problems?.includes(error.status) || platformProblems(contract).includes(error.status)) return error
  const mismatch = new AnswerMismatch(contract, `problem status ${error.status} (${error.code}) is not declared`)
  if (strict) return mismatch
  log.error({ err: mismatch, route: contract.path, code: error.code }, 'a problem that the contract does not declare')
  return error
}

import type { FastifyReply } from 'fastify'
import { mapSqlState } from '../db/sqlstate.ts'
import { platformErrors } from '../errors/platform-errors.ts'
import { DomainError, type FieldError } from '../errors/problem.ts'

/** The body of every answer that is not a success (RFC 9457). */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail?: string
  readonly fields?: readonly FieldError[]
  readonly requestId: string
}

export const PROBLEM_TYPE = 'application/problem+json'

/** Seconds after which a caller that was told nothing else tries a 503 or 429 again. */
const RETRY_AFTER_S = 1

/** What the caller is told of an error, and the error itself where it is a bug of ours. */
export interface ProblemAnswer {
  readonly problem: Problem
  readonly retryAfter?: number
  /** Not an answer that was meant: log it. */
  readonly bug: boolean
}

/**
 * Any error as a problem. What is not meant for the caller becomes 500 `internal`, without a word of the error's own.
 * `bodyType` is the content type that the route takes.
 */
export function problemOf(error: unknown, requestId: string, bodyType = 'application/json'): ProblemAnswer {
  const shown = toDomainError(error, bodyType)
  if (!shown) {
    return { problem: problem('internal', 500, 'Something went wrong on our side.', requestId), bug: true }
  }
  const { detail, fields, retryAfter } = shown.details
  const busy = shown.status === 503 || shown.status === 429
  return {
    problem: {
      ...problem(shown.code, shown.status, shown.title, requestId),
      ...(detail === undefined ? {} : { detail }),
      ...(fields === undefined ? {} : { fields }),
    },
    ...(busy || retryAfter !== undefined ? { retryAfter: Math.max(1, Math.ceil(retryAfter ?? RETRY_AFTER_S)) } : {}),
    bug: false,
  }
}

/** A problem that no table of errors has, such as 405. */
export const problem = (code: string, status: number, title: string, requestId: string): Problem => ({
  type: `urn:wellgate:problem:${code}`,
  title,
  status,
  code,
  requestId,
})

const codes = new WeakMap<FastifyReply, string>()

/** The code of the problem that a reply is; undefined for one that is none. */
export const problemCodeOf = (reply: FastifyReply): string | undefined => codes.get(reply)

/** Remembers that a reply is a problem, for {@link problemCodeOf}. */
export const markProblem = (reply: FastifyReply, code: string): void => void codes.set(reply, code)

/** Answers with the problem. */
export function sendProblem(
  reply: FastifyReply,
  { problem: body, retryAfter }: Omit<ProblemAnswer, 'bug'>,
): FastifyReply {
  markProblem(reply, body.code)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  if (body.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(body.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(body))
}

function toDomainError(error: unknown, bodyType: string): DomainError | undefined {
  const mapped = mapSqlState(error)
  if (mapped instanceof DomainError) return mapped
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  if (typeof code !== 'string' || !code.startsWith('FST_')) return undefined
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return platformErrors['payload-too-large']()
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return platformErrors['unsupported-media-type']({
        fields: [{ field: 'headers.content-type', expected: bodyType }],
      })
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return platformErrors['invalid-request']({ fields: [{ field: 'body', expected: 'valid JSON' }] })
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return platformErrors['not-found']()
    default:
      return statusCode === 400 ? platformErrors['invalid-request']() : undefined
  }
}

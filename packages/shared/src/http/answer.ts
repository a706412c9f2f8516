import type { FastifyReply } from 'fastify'
import type { RouteContract } from '../contracts/route.ts'
import { fieldErrors } from './field-errors.ts'
import type { UntypedAnswer } from './handlers.ts'

/** A use case answered what its contract does not say: a bug of ours, and nothing of the answer is sent. */
export class AnswerMismatch extends Error {
  /** Where it does not fit; field names only. */
  readonly fields: readonly string[]

  constructor(contract: RouteContract, what: string, fields: readonly string[] = []) {
    super(`${contract.id}: ${what}${fields.length > 0 ? `: ${fields.join('; ')}` : ''}`)
    this.name = 'AnswerMismatch'
    this.fields = fields
  }
}

/** Sends an answer, cut to the schema of its status: a field that the contract does not name never leaves. */
export function sendAnswer(reply: FastifyReply, contract: RouteContract, answer: UntypedAnswer): FastifyReply {
  const { status, body, headers, etag } = answer
  if (!Object.hasOwn(contract.answers, status)) throw new AnswerMismatch(contract, `status ${status} is not declared`)
  const schema = (contract.answers as Readonly<Record<number, RouteContract['answers'][200]>>)[status]
  if (headers) reply.headers(headers)
  if (etag !== undefined) reply.header('etag', `"${etag}"`)
  reply.code(status)
  if (!schema) return reply.send()
  const cut = schema.safeParse(body)
  if (!cut.success) {
    const fields = fieldErrors('body', cut.error.issues).map(({ field, expected }) => `${field} (${expected})`)
    throw new AnswerMismatch(contract, `the body of ${status} does not fit`, fields)
  }
  if (contract.answerType)
    return reply.header('content-type', contract.answerType).send(Buffer.from(body as Uint8Array))
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(cut.data))
}

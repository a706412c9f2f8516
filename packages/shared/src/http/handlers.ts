import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Actor } from '../access/actor.ts'
import type { AuditDetail } from '../audit/entry.ts'
import type { PatientId } from '../contracts/ids.ts'
import type { RouteContract } from '../contracts/route.ts'
import type { Logger } from '../observability/logger.ts'
import type { IdempotencyKey } from './idempotency.ts'

type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined

/** `:patientId` is an id by the time a handler sees it: `me` was resolved. */
type Resolved<P> = P extends { patientId: unknown } ? Omit<P, 'patientId'> & { patientId: PatientId } : P

type KeyFor<C extends RouteContract> = C['idempotency'] extends 'required'
  ? IdempotencyKey
  : C['idempotency'] extends 'optional'
    ? IdempotencyKey | undefined
    : undefined

/** A request that is authenticated, allowed and valid by its contract. */
export interface HandlerRequest<C extends RouteContract> {
  readonly params: Resolved<OutputOf<C['params']>>
  readonly query: OutputOf<C['query']>
  /** Undefined where the contract has none; `raw.body` is then a Buffer if the contract names a content type. */
  readonly body: OutputOf<C['body']>
  readonly actor: C['access']['kind'] extends 'public' ? undefined : Actor
  /** The version in If-Match; the use case answers `precondition-failed` when it is not the present one. */
  readonly ifMatch: C['ifMatch'] extends true ? number : undefined
  readonly idempotencyKey: KeyFor<C>
  readonly requestId: string
  readonly purposeOfUse: string
  readonly log: Logger
  readonly raw: FastifyRequest
  /** Names the patient concerned for the audit entry, where the path does not. */
  subject(patientId: string): void
  /** Adds ids, counts or codes to the audit entry; never a value of the patient. */
  note(detail: AuditDetail): void
  /** For a route that authenticates (log-in): the entry is this actor's from here on. */
  actsAs(actor: Actor): void
}

type AnswerStatus = 200 | 201 | 202 | 204

type DeepReadonly<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer I)[]
    ? readonly DeepReadonly<I>[]
    : { readonly [K in keyof T]: DeepReadonly<T[K]> }

type BodyPart<S> = S extends z.ZodType ? { readonly body: DeepReadonly<z.input<S>> } : { readonly body?: undefined }

type AnswerAt<C extends RouteContract, S extends keyof C['answers'] & AnswerStatus> = {
  readonly status: S
  readonly headers?: Readonly<Record<string, string>>
  /** The version of what is answered; becomes `ETag: "<version>"`. */
  readonly etag?: number
} & BodyPart<C['answers'][S]>

/** One of the successful answers that the contract declares. Anything else is thrown, as a DomainError. */
export type Answer<C extends RouteContract> = {
  [S in keyof C['answers'] & AnswerStatus]: AnswerAt<C, S>
}[keyof C['answers'] & AnswerStatus]

export type Handler<C extends RouteContract> = (request: HandlerRequest<C>) => Promise<Answer<C>>

/** A handler for every contract of a service, by the contract's id. */
export type Handlers<Cs extends readonly RouteContract[]> = { readonly [C in Cs[number] as C['id']]: Handler<C> }

/** How the server calls a handler, whose types the contract has already settled. */
export type UntypedHandler = (
  request: Readonly<Record<keyof HandlerRequest<RouteContract>, unknown>>,
) => Promise<UntypedAnswer>

export interface UntypedAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly etag?: number
}

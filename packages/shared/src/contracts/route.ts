import { z } from 'zod'
import type { AccessRule } from './access-rule.ts'
import type { ServiceName } from './services.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/** Statuses whose body is always problem+json; a contract names those its use case may give, the platform adds its own. */
export type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 415 | 422 | 428 | 429 | 503

/** What a read or write does to a patient's data, for the audit entry. */
export type AuditAction = 'create' | 'read' | 'update' | 'delete' | 'search' | 'login' | 'logout'

/** The schema of an answer that is not JSON: its bytes, as `answerType` says. */
export const BYTES = z.custom<Uint8Array>((value) => value instanceof Uint8Array, { message: 'bytes' })

/**
 * One route, declared once. Drives the typed handler, validation, response filtering, OpenAPI,
 * the gateway's routing table and the access matrix.
 */
export interface RouteContract {
  /** Stable name, `<service>.<verb-noun>`; used in logs, metrics and audit. */
  readonly id: `${ServiceName}.${string}`
  readonly method: Method
  /** Public path as Fastify writes it: `/v1/patients/:patientId`. */
  readonly path: `/${string}`
  /** One sentence for the API docs. */
  readonly summary: string
  readonly access: AccessRule
  readonly action: AuditAction
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  /** Schema of the JSON body. Use `z.strictObject`, so that an unknown field is an error that names it. */
  readonly body?: z.ZodType
  /** A body that the schema takes, for the API docs. */
  readonly example?: unknown
  /** Successful answers by status; the body is cut to the schema. `null` says: no body. */
  readonly answers: Readonly<Partial<Record<200 | 201 | 202 | 204, z.ZodType | null>>>
  /** Problem statuses the use case itself may answer with, besides those that the platform adds. */
  readonly problems?: readonly ProblemStatus[]
  /** What the answer is where it is not JSON; its schema is {@link BYTES}. Problems stay JSON. */
  readonly answerType?: 'application/pdf' | 'text/csv'
  /** Content type of the body where it is not `application/json`. */
  readonly contentType?: string
  /** Largest body in bytes; 1 MiB unless told. */
  readonly bodyLimit?: number
  /** If-Match is required (428 without, 412 when stale). */
  readonly ifMatch?: true
  /** How an Idempotency-Key is treated: ignored unless told. */
  readonly idempotency?: 'optional' | 'required'
  /** The gateway's and the handler's time limit in milliseconds; 10 s unless told. */
  readonly timeoutMs?: number
}

/** What {@link RouteContract.bodyLimit} is unless told, in bytes. */
export const DEFAULT_BODY_LIMIT = 1024 * 1024
/** What {@link RouteContract.timeoutMs} is unless told. */
export const DEFAULT_TIMEOUT_MS = 10_000

/** Declares a route, keeping its literal types for handler, client and tests. */
export const route = <const C extends RouteContract>(contract: C): C => contract

/** Problem statuses that the platform may answer for a contract, whatever its use case does. */
export function platformProblems(contract: RouteContract): ProblemStatus[] {
  const statuses: ProblemStatus[] = [503, 429]
  if (contract.params || contract.query || contract.body) statuses.push(400)
  if (contract.body) statuses.push(413, 415)
  if (contract.access.kind !== 'public') statuses.push(401)
  if (contract.access.kind === 'staff') statuses.push(403)
  if (contract.access.kind === 'patient') statuses.push(404)
  if (contract.ifMatch) statuses.push(412, 428)
  if (contract.idempotency) statuses.push(409, 422)
  return statuses
}

/** The service that serves a contract. */
export function ownerOf(contract: RouteContract): ServiceName {
  return contract.id.slice(0, contract.id.indexOf('.')) as ServiceName
}

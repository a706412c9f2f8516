import { platformErrors } from '../errors/platform-errors.ts'
import { DomainError } from '../errors/problem.ts'

/** What a broken constraint means to the caller, by the constraint's name. */
export type ConstraintTable = Readonly<Record<string, () => DomainError>>

/** Nobody answered, or the answer broke off. */
const NETWORK_CODES = new Set(
  'ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'.split(' '),
)

/** What pg and pg-pool throw without a code when a connection is lost or cannot be had in time. */
const CONNECTION_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after|Query read timeout)/

/**
 * SQLSTATEs after which the same request may succeed: 08 connection, 53 resources, 40001 and 40P01 lost races,
 * 25006 a standby answered, 25P03 57P05 idle timeouts, 55P03 lock timeout, 57014 statement timeout, 57P01-57P03 shutdown.
 * P1... P2024 P2034 are Prisma's own codes for the same.
 */
const TRANSIENT = /^(08...|53...|40001|40P01|25006|25P03|55P03|57014|57P0[1235]|P1...|P2024|P2034)$/

/** True for the codes after which the same statement may succeed, on this connection or another. */
export const isTransient = (code: string): boolean => TRANSIENT.test(code)

/** The server ends the connection, or makes none (as where a password was changed): no statement is at fault. */
const ENDS_CONNECTION = 'FATAL'

const CONSTRAINT_VIOLATION = /^23/
/** Text that Postgres cannot hold: it has a NUL character. */
const NOT_A_TEXT = '22021'

/** The SQLSTATE of an error, or of what it was mapped from. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code
  return error instanceof DomainError && error.cause !== undefined ? sqlStateOf(error.cause) : undefined
}

/**
 * Maps an error of pg by SQLSTATE: a broken constraint that the table names becomes its error, a database that cannot
 * answer becomes `unavailable`, text that it cannot hold `invalid-request`. Anything else comes back as it was. The original is the cause.
 */
export function mapSqlState(error: unknown, constraints: ConstraintTable = {}): unknown {
  if (error instanceof DomainError) return error
  const { constraint, code, severity } = (error ?? {}) as { constraint?: unknown; code?: unknown; severity?: unknown }
  const state = sqlStateOf(error)
  if (state !== undefined && CONSTRAINT_VIOLATION.test(state) && typeof constraint === 'string') {
    const make = Object.hasOwn(constraints, constraint) ? constraints[constraint] : undefined
    return make ? withCause(make(), error) : error
  }
  if (state === NOT_A_TEXT)
    return withCause(platformErrors['invalid-request']({ detail: 'Texts must not hold NUL characters.' }), error)
  const lost =
    severity === ENDS_CONNECTION ||
    (state !== undefined && isTransient(state)) ||
    (typeof code === 'string' && NETWORK_CODES.has(code)) ||
    (error instanceof AggregateError &&
      error.errors.some((each) => NETWORK_CODES.has((each as { code?: string }).code ?? ''))) ||
    (error instanceof Error && state === undefined && CONNECTION_MESSAGES.test(error.message))
  return lost ? withCause(platformErrors.unavailable({ retryAfter: 1 }), error) : error
}

/** True when a statement was given up because nothing was heard: whatever follows it on its connection would only wait, too. */
export function isSilence(error: unknown): boolean {
  if (error instanceof DomainError && error.cause !== undefined) return isSilence(error.cause)
  return error instanceof Error && error.message === 'Query read timeout'
}

function withCause(mapped: DomainError, cause: unknown): DomainError {
  mapped.cause = cause
  return mapped
}

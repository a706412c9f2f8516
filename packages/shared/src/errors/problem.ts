import type { ProblemStatus } from '../contracts/route.ts'

/** One wrong field of a request: where it is, and what was expected there. Never the value that came. */
export interface FieldError {
  readonly field: string
  readonly expected: string
}

export interface ProblemDetails {
  readonly detail?: string
  readonly fields?: readonly FieldError[]
  /** Seconds after which a repeat may succeed; becomes Retry-After. */
  readonly retryAfter?: number
  /** The patient whose data the caller was kept from, for the audit trail: never shown. */
  readonly deniedOf?: string
}

/** An error that is shown to the caller as problem+json (RFC 9457). Anything else that is thrown is internal and never shown. */
export class DomainError extends Error {
  readonly code: string
  readonly status: ProblemStatus
  readonly title: string
  readonly details: ProblemDetails

  constructor(code: string, status: ProblemStatus, title: string, details: ProblemDetails = {}) {
    super(details.detail ?? title)
    this.name = 'DomainError'
    this.code = code
    this.status = status
    this.title = title
    this.details = details
  }
}

type ErrorTable = Readonly<Record<string, readonly [ProblemStatus, string]>>
export type ErrorFactories<T extends ErrorTable> = {
  readonly [K in keyof T]: (details?: ProblemDetails) => DomainError
}

/**
 * Turns a service's table of `code: [status, title]` into one factory per code. Codes are stable: clients decide by them.
 */
export function defineErrors<const T extends ErrorTable>(table: T): ErrorFactories<T> {
  const factories = Object.entries(table).map(([code, [status, title]]) => [
    code,
    (details?: ProblemDetails) => new DomainError(code, status, title, details),
  ])
  return Object.fromEntries(factories) as ErrorFactories<T>
}

import type { DomainError } from '../errors/problem.ts'
import { platformErrors } from '../errors/platform-errors.ts'

/**
 * `malformed`: not a layout this release knows; `no-key`: the patient has no such data key (shredded, or never had one);
 * `broken`: changed, or moved from another place.
 */
export type SealFailure = 'malformed' | 'no-key' | 'broken'

/** A ciphertext that does not open. Internal, never shown; `at` names where it lies and holds no patient data. */
export class SealError extends Error {
  readonly reason: SealFailure
  readonly at: string

  constructor(reason: SealFailure, at: string, options?: ErrorOptions) {
    super(`Cannot open ${at}: ${reason}`, options)
    this.name = 'SealError'
    this.reason = reason
    this.at = at
  }
}

/** A keyring file that cannot be used as it is. Messages are for the operator: they name files and key ids, never keys. */
export class KeyringError extends Error {
  /** Node's, where the file cannot be opened. */
  readonly code: string | undefined

  constructor(message: string, code?: string) {
    super(message)
    this.name = 'KeyringError'
    this.code = code
  }
}

const RETRY_SECONDS = 15

/** The 503 for keys that cannot be reached or may not be used; `cause` is for the log only. Never fall back to clear text. */
export function keysUnavailable(cause?: unknown): DomainError {
  const error = platformErrors.unavailable({ retryAfter: RETRY_SECONDS })
  if (cause !== undefined) error.cause = cause
  return error
}

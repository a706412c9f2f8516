/**
 * The port to whatever holds the keys that wrap keys: a local keyring, AWS KMS, Azure Key Vault. `context` is bound to the
 * wrapped key and must be the same to unwrap it; clouds log it in clear, so it holds no patient data.
 * Both calls reject with {@link KmsError}.
 */
export interface Kms {
  wrap(keyId: string, plaintext: Buffer, context: Readonly<Record<string, string>>): Promise<Buffer>
  unwrap(keyId: string, wrapped: Buffer, context: Readonly<Record<string, string>>): Promise<Buffer>
}

/**
 * `unknown-key`: there is no such key (any more), or it may not be used, which an operator may change; `refused`: the key
 * does not open this, and never will; `unavailable`: no answer, a repeat may succeed.
 */
export type KmsFailure = 'unknown-key' | 'refused' | 'unavailable'

/** Why a KMS did not wrap or unwrap. Messages name key ids and files, never keys. */
export class KmsError extends Error {
  readonly reason: KmsFailure

  constructor(reason: KmsFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KmsError'
    this.reason = reason
  }
}

/** Whether the KMS has said no for good, as opposed to not having been heard. */
export const isRevoked = (error: unknown): boolean => error instanceof KmsError && error.reason !== 'unavailable'

import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG = { authTagLength: 16 }
const NO_HEADER = Buffer.alloc(0)

/** Bytes that {@link encrypt} adds to the plaintext, the header not counted. */
export const AEAD_OVERHEAD = NONCE_BYTES + TAG.authTagLength

export const KEY_BYTES = 32

/** A fresh 256 bit key from the system's generator. */
export const randomKey = (): Buffer => randomBytes(KEY_BYTES)

/** Takes 32 raw bytes as a key that no inspection, log or JSON shows. Throws on any other length. */
export function secretKey(raw: Buffer): KeyObject {
  if (raw.length !== KEY_BYTES) throw new RangeError(`A key has ${KEY_BYTES} bytes, got ${raw.length}`)
  return createSecretKey(raw)
}

/**
 * AES-256-GCM with a random 96 bit nonce (NIST SP 800-38D: at most 2^32 uses of one key). Returns header, nonce,
 * ciphertext and tag in one buffer; the header is not authenticated by itself, its meaning belongs into `aad`.
 */
export function encrypt(key: KeyObject, aad: Buffer, plaintext: Buffer | string, header: Buffer = NO_HEADER): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce, TAG).setAAD(aad)
  const body = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext)
  return Buffer.concat([header, nonce, body, cipher.final(), cipher.getAuthTag()])
}

/** Opens what {@link encrypt} made, skipping `headerBytes`. Throws when key, aad or any bit differs; no plaintext escapes before the tag is checked. */
export function decrypt(key: KeyObject, aad: Buffer, sealed: Buffer, headerBytes = 0): Buffer {
  if (sealed.length < headerBytes + AEAD_OVERHEAD) throw new RangeError('The ciphertext is too short')
  const bodyStart = headerBytes + NONCE_BYTES
  const bodyEnd = sealed.length - TAG.authTagLength
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(headerBytes, bodyStart), TAG)
  decipher.setAAD(aad).setAuthTag(sealed.subarray(bodyEnd))
  const body = decipher.update(sealed.subarray(bodyStart, bodyEnd))
  decipher.final()
  return body
}

import { contextParts, encodeAad } from '../src/crypto/aad.ts'
import { decrypt, encrypt, randomKey, secretKey } from '../src/crypto/aead.ts'
import { KmsError, type Kms } from '../src/crypto/kms.ts'

const aadOf = (id: string, context: Readonly<Record<string, string>>) => encodeAad([id, ...contextParts(context)])

/** A KMS in memory whose keys can be revoked and whose line can be cut; it counts its calls. */
export function createFakeKms() {
  const keys = new Map<string, ReturnType<typeof secretKey>>()
  const revoked = new Set<string>()
  const state = { down: false, wraps: 0, unwraps: 0 }
  const keyOf = (id: string) => {
    if (state.down) throw new KmsError('unavailable', 'No answer')
    if (revoked.has(id)) throw new KmsError('unknown-key', `Key ${id} is disabled`)
    const key = keys.get(id) ?? secretKey(randomKey())
    keys.set(id, key)
    return key
  }
  const kms: Kms = {
    async wrap(id, plaintext, context) {
      state.wraps++
      return encrypt(keyOf(id), aadOf(id, context), plaintext)
    },
    async unwrap(id, wrapped, context) {
      state.unwraps++
      const key = keyOf(id)
      try {
        return decrypt(key, aadOf(id, context), wrapped)
      } catch (cause) {
        throw new KmsError('refused', 'Does not open', { cause })
      }
    },
  }
  return {
    kms,
    state,
    revoke: (id: string) => revoked.add(id),
    restore: (id: string) => revoked.delete(id),
    replace: (id: string) => keys.delete(id),
  }
}

/** A clock that tests move. */
export function createFakeClock(start = Date.parse('2026-03-01T12:00:00Z')) {
  let time = start
  return {
    now: () => time,
    advance(ms: number) {
      time += ms
    },
  }
}

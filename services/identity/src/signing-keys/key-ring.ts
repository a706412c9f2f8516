import type { Jwk } from '@wellgate/shared/access/jwks'
import { publicJwkOf, type SigningKey } from '@wellgate/shared/access/token-issuer'
import type { Job } from '@wellgate/shared/runtime/jobs'
import type { Deps } from '../deps.ts'
import { ensureSigningKey, placeOfKey } from './rotate-signing-keys.ts'
import { currentSigningKeys } from './signing-key-repository.ts'

/** A new key is published this long before it signs, so that every process and every verifier has seen it. */
const PUBLISHED_FIRST_MS = 120_000
const RELOAD_MS = 30_000

export interface KeyRing {
  /** The key that signs now: the newest that everybody knows. */
  signing(): SigningKey
  /** When the key that signs now was made. */
  signingSince(): Date
  /** Every published key. */
  jwks(): readonly Jwk[]
  /** Reads the keys again, and makes one first where there is none or the newest has signed for long enough. */
  load(): Promise<void>
  readonly reload: Job
}

interface Held {
  readonly key: SigningKey
  readonly jwk: Jwk
  readonly createdAt: Date
}

/** The signing keys in memory, opened. `load` it once before it is used. */
export function createKeyRing(deps: Deps): KeyRing {
  let held: readonly Held[] = []
  const load = async (): Promise<void> => {
    await ensureSigningKey(deps)
    const known = new Map(held.map((entry) => [entry.key.kid, entry]))
    const found = await currentSigningKeys(deps.pool)
    held = await Promise.all(
      found.map(async ({ kid, private_key, created_at }) => {
        const before = known.get(kid)
        if (before) return before
        const pem = await deps.sealer.open(placeOfKey(kid), private_key)
        const key = { kid, privateKeyPem: pem.toString('utf8') }
        return { key, jwk: publicJwkOf(key), createdAt: created_at }
      }),
    )
  }
  const chosen = (): Held => {
    const settled = new Date(deps.now().getTime() - PUBLISHED_FIRST_MS)
    const found = held.findLast(({ createdAt }) => createdAt <= settled) ?? held[0]
    if (!found) throw new Error('there is no signing key: load the key ring first')
    return found
  }
  return {
    signing: () => chosen().key,
    signingSince: () => chosen().createdAt,
    jwks: () => held.map(({ jwk }) => jwk),
    load,
    reload: { name: 'reload-signing-keys', role: 'http', everyMs: RELOAD_MS, run: load },
  }
}

import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import { platformErrors } from '../errors/platform-errors.ts'

/** The shape of a key id: it is looked up in a map, and never becomes part of a path, a URL or SQL. */
export const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/

/** A public key of RFC 7517 as identity publishes it: P-256 only. */
export const Jwk = z.object({
  kid: z.string().regex(KEY_ID),
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
})
export type Jwk = z.infer<typeof Jwk>

export type JwksSource = () => Promise<readonly Jwk[]>

const FETCH_TIMEOUT_MS = 2_000
/** An unknown key id makes us ask again, but a stream of forged ones must not become a stream of requests. */
const ASK_AGAIN_MS = 10_000
/** Identity may only be starting. */
const ASK_AGAIN_AFTER_FAILURE_MS = 1_000
/** A key that identity has withdrawn stops counting after this. */
const MAX_AGE_MS = 300_000

/** Identity's JWKS over HTTP. Rejects when it cannot be had in 2 s or holds no key that we accept. */
export function remoteJwks(url: string): JwksSource {
  return async () => {
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
    if (!answer.ok) throw new Error(`the JWKS answered ${answer.status}`)
    const { keys } = z.object({ keys: z.array(z.unknown()).max(100) }).parse(await answer.json())
    const known = keys.flatMap((key) => Jwk.safeParse(key).data ?? [])
    if (known.length === 0) throw new Error('the JWKS holds no ES256 key')
    return known
  }
}

export interface KeyMap {
  /**
   * The PEM of a key id; undefined when identity does not publish it.
   * @throws `unavailable` when identity cannot be asked and the key is not among those last known
   */
  get(kid: string): Promise<string | undefined>
  /** Grows whenever a key was withdrawn: what was verified before may no longer count. */
  generation(): number
}

/** The last good keys of a source, refreshed when an unknown id arrives and every few minutes. */
export function createKeyMap(source: JwksSource, now: () => number = Date.now): KeyMap {
  let keys: ReadonlyMap<string, string> = new Map()
  let generation = 0
  let askedAt = -Infinity
  let loadedAt = -Infinity
  let failed = false
  let asking: Promise<void> | undefined

  const load = async (): Promise<void> => {
    try {
      const next = new Map((await source()).map((jwk) => [jwk.kid, toPem(jwk)]))
      if ([...keys].some(([kid, pem]) => next.get(kid) !== pem)) generation++
      keys = next
      // From when it was asked: what came later than that, this answer may not hold.
      loadedAt = askedAt
      failed = false
    } catch {
      failed = true
    } finally {
      asking = undefined
    }
  }

  const ask = (): Promise<void> => {
    if (asking) return asking
    if (now() - askedAt < (failed ? ASK_AGAIN_AFTER_FAILURE_MS : ASK_AGAIN_MS)) return Promise.resolve()
    askedAt = now()
    asking = load()
    return asking
  }

  return {
    async get(kid) {
      const known = keys.get(kid)
      if (known !== undefined) return known
      await ask()
      const fetched = keys.get(kid)
      if (fetched === undefined && failed) throw platformErrors.unavailable({ retryAfter: 2 })
      return fetched
    },
    generation() {
      if (now() - loadedAt > MAX_AGE_MS) void ask()
      return generation
    },
  }
}

function toPem({ kty, crv, x, y }: Jwk): string {
  const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

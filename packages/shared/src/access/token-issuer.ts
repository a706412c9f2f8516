import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import type { Actor } from './actor.ts'
import { Jwk, KEY_ID } from './jwks.ts'
import { TOKEN_LIFETIME_S, TOKEN_TYPE } from './tokens.ts'

export interface SigningKey {
  readonly kid: string
  /** PKCS #8. */
  readonly privateKeyPem: string
}

export interface TokenIssuer {
  /** An access token of 10 minutes, or until its session ends, that says who the actor is. `expiresIn` is in seconds. */
  issue(actor: Actor, sessionEndsAt?: Date): { readonly token: string; readonly expiresIn: number }
}

/** Signs access tokens, for identity. `key` gives the key to sign with now, so that rotation needs no restart. */
export function createTokenIssuer(options: {
  readonly issuer: string
  readonly audience: string
  readonly key: () => SigningKey
  readonly now?: () => number
}): TokenIssuer {
  const { issuer, audience, key, now = Date.now } = options
  let current: { readonly kid: string; readonly sign: (claims: object) => string } | undefined
  const signer = (): ((claims: object) => string) => {
    const { kid, privateKeyPem } = key()
    if (current?.kid !== kid) {
      if (!KEY_ID.test(kid)) throw new Error('a key id is 1 to 64 letters, digits, dots, dashes or underscores')
      current = {
        kid,
        sign: createSigner({ key: privateKeyPem, algorithm: 'ES256', header: { alg: 'ES256', typ: TOKEN_TYPE, kid } }),
      }
    }
    return current.sign
  }
  return {
    issue(actor, sessionEndsAt) {
      const iat = Math.floor(now() / 1000)
      const left = sessionEndsAt ? Math.floor(sessionEndsAt.getTime() / 1000) - iat : TOKEN_LIFETIME_S
      const expiresIn = Math.min(TOKEN_LIFETIME_S, left)
      const token = signer()({
        iss: issuer,
        aud: audience,
        sub: actor.accountId,
        sid: actor.sessionId,
        ...(actor.patientId === null ? {} : { pid: actor.patientId }),
        rol: actor.roles.map(({ role, facilityId }) => ({ r: role, f: facilityId })),
        av: actor.tokenVersion,
        iat,
        exp: iat + expiresIn,
        jti: randomUUID(),
      })
      return { token, expiresIn }
    },
  }
}

/** A new P-256 key. Its private half is stored sealed, by whoever asked for it. */
export function generateSigningKey(kid: string = randomUUID()): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

/** The public half of a signing key, as the JWKS shows it. */
export function publicJwkOf({ kid, privateKeyPem }: SigningKey): Jwk {
  const { kty, crv, x, y } = createPublicKey(createPrivateKey(privateKeyPem)).export({ format: 'jwk' })
  return Jwk.parse({ kid, kty, crv, x, y, alg: 'ES256', use: 'sig' })
}

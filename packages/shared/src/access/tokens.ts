import { createVerifier } from 'fast-jwt'
import { z } from 'zod'
import { ROLES, type Role } from '../contracts/access-rule.ts'
import { AccountId, FacilityId, PatientId, SessionId } from '../contracts/ids.ts'
import { platformErrors } from '../errors/platform-errors.ts'
import { DomainError } from '../errors/problem.ts'
import type { Actor } from './actor.ts'
import { createKeyMap, KEY_ID, type JwksSource } from './jwks.ts'

/** Access tokens live this long; one that says more is refused (architecture.md section 7). */
export const TOKEN_LIFETIME_S = 600
/** `typ` of RFC 9068, so that no other token of the same issuer passes for an access token. */
export const TOKEN_TYPE = 'at+jwt'
const CLOCK_SKEW_S = 30
const CACHE_ENTRIES = 20_000
const MAX_TOKEN_LENGTH = 8_192

/** Anything else in the header (`jwk`, `jku`, `x5u`, `crit`, …) could only be there to mislead. */
const Header = z.strictObject({ alg: z.literal('ES256'), typ: z.literal(TOKEN_TYPE), kid: z.string().regex(KEY_ID) })

/** What fast-jwt checks, whoever calls it: this module or @fastify/jwt. */
export interface SignatureChecks {
  readonly algorithms: ['ES256']
  readonly allowedIss: string
  readonly allowedAud: string
  readonly checkTyp: string
  readonly requiredClaims: string[]
}

export interface TokenVerifier {
  /** The actor of a valid token. @throws `unauthenticated`; `unavailable` when its key cannot be asked for */
  verify(token: string): Promise<Actor>
  /** The actor of a token that was verified before, is not expired, and whose key still counts. */
  known(token: string): Actor | undefined
  /** As `verify`, with the signature and dates checked by `check`, which gives the claims or rejects. */
  admit(token: string, check: () => Promise<unknown>): Promise<Actor>
  /** The PEM for a key id. @throws `unauthenticated` for one that is not published */
  keyOf(kid: unknown): Promise<string>
  readonly checks: SignatureChecks
}

export interface TokenVerifierOptions {
  readonly issuer: string
  readonly audience: string
  readonly jwks: JwksSource
  readonly now?: () => number
}

/** Verifies access tokens by identity's published keys. A token is verified once, then known until it expires. */
export function createTokenVerifier({ issuer, audience, jwks, now = Date.now }: TokenVerifierOptions): TokenVerifier {
  const keys = createKeyMap(jwks, now)
  const Claims = claimsOf(issuer, audience)
  const cache = new Map<string, { readonly actor: Actor; readonly expiresAt: number; readonly generation: number }>()
  const checks: SignatureChecks = {
    algorithms: ['ES256'],
    allowedIss: issuer,
    allowedAud: audience,
    checkTyp: TOKEN_TYPE,
    requiredClaims: ['iss', 'aud', 'sub', 'sid', 'exp', 'iat'],
  }

  const keyOf = async (kid: unknown): Promise<string> => {
    const pem = typeof kid === 'string' && KEY_ID.test(kid) ? await keys.get(kid) : undefined
    if (pem === undefined) throw platformErrors.unauthenticated()
    return pem
  }

  const known = (token: string): Actor | undefined => {
    const entry = cache.get(token)
    if (!entry) return undefined
    if (now() < entry.expiresAt && entry.generation === keys.generation()) return entry.actor
    cache.delete(token)
    return undefined
  }

  const admit = async (token: string, check: () => Promise<unknown>): Promise<Actor> => {
    try {
      if (token.length > MAX_TOKEN_LENGTH) throw platformErrors.unauthenticated()
      await keyOf(headerOf(token).kid)
      const generation = keys.generation()
      const claims = Claims.parse(await check())
      if (claims.exp - claims.iat > TOKEN_LIFETIME_S || claims.iat > now() / 1000 + CLOCK_SKEW_S) {
        throw platformErrors.unauthenticated()
      }
      const actor = actorOf(claims)
      if (cache.size >= CACHE_ENTRIES) cache.delete(cache.keys().next().value ?? '')
      cache.set(token, { actor, expiresAt: claims.exp * 1000, generation })
      return actor
    } catch (error) {
      if (error instanceof DomainError) throw error
      throw platformErrors.unauthenticated()
    }
  }

  const verify = async (token: string): Promise<Actor> =>
    known(token) ??
    (await admit(token, async () => {
      const claims: unknown = createVerifier({ key: await keyOf(headerOf(token).kid), ...checks })(token)
      return claims
    }))

  return { verify, known, admit, keyOf, checks }
}

function headerOf(token: string): z.infer<typeof Header> {
  const text = Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8')
  return Header.parse(JSON.parse(text))
}

/** `iss` and `aud` are exact strings: fast-jwt alone would also take a list that holds the right one. */
const claimsOf = (issuer: string, audience: string) =>
  z.object({
    iss: z.literal(issuer),
    aud: z.literal(audience),
    sub: AccountId,
    sid: SessionId,
    pid: PatientId.optional(),
    // A role that only a newer release knows gives nothing here, but the token is still good.
    rol: z.array(z.object({ r: z.string(), f: FacilityId })).max(500),
    av: z.int().nonnegative(),
    iat: z.int(),
    exp: z.int(),
  })

function actorOf(claims: z.infer<ReturnType<typeof claimsOf>>): Actor {
  const roles = claims.rol.flatMap(({ r, f }) => (isRole(r) ? [Object.freeze({ role: r, facilityId: f })] : []))
  return Object.freeze({
    accountId: claims.sub,
    sessionId: claims.sid,
    patientId: claims.pid ?? null,
    roles: Object.freeze(roles),
    tokenVersion: claims.av,
  })
}

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text)

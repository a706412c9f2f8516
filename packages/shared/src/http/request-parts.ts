import type { IncomingHttpHeaders } from 'node:http'
import type { Actor } from '../access/actor.ts'
import { platformErrors } from '../errors/platform-errors.ts'

/** A request id that a gateway may hand on. */
export const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/

/** The token of `Authorization: Bearer …`. @throws `unauthenticated` where there is none */
export function bearerOf(headers: IncomingHttpHeaders): string {
  const match = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(headers.authorization ?? '')
  if (!match?.[1]) throw platformErrors.unauthenticated()
  return match[1]
}

/**
 * The version in If-Match: one strong entity tag, as ETag gave it.
 * @throws `precondition-required` without one, `invalid-request` for any other form
 */
export function versionOf(headers: IncomingHttpHeaders): number {
  const header = headers['if-match']
  if (header === undefined) throw platformErrors['precondition-required']()
  const match = /^"(\d{1,15})"$/.exec(header)
  if (!match)
    throw platformErrors['invalid-request']({
      fields: [{ field: 'headers.if-match', expected: 'the ETag that you read, such as "3"' }],
    })
  return Number(match[1])
}

/** HL7 v3 PurposeOfUse codes that a caller may name. */
export const PURPOSES = ['TREAT', 'HPAYMT', 'HOPERAT', 'PATRQT', 'ETREAT', 'HRESCH', 'PUBHLTH'] as const

/** Why the data is used: what the caller says, or else what the caller's role is there for. */
export function purposeOf(headers: IncomingHttpHeaders, actor: Actor): string {
  const named = headers['x-purpose-of-use']
  if (typeof named === 'string') {
    const known = PURPOSES.find((purpose) => purpose === named)
    if (!known)
      throw platformErrors['invalid-request']({
        fields: [{ field: 'headers.x-purpose-of-use', expected: `one of ${PURPOSES.join(', ')}` }],
      })
    return known
  }
  const { roles } = actor
  if (roles.length === 0) return 'PATRQT'
  if (roles.some(({ role }) => role === 'clinician')) return 'TREAT'
  return roles.every(({ role }) => role === 'biller') ? 'HPAYMT' : 'HOPERAT'
}

import { randomBytes } from 'node:crypto'

/** Crockford's base 32: no I, L, O and U, so that a code survives being read aloud or copied by hand. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE = /^[0-9A-HJKMNP-TV-Z]{16}$/
const BYTES = 10 // 80 bits: 16 characters of 5

/** A code works for 7 days. */
export const CODE_LIFETIME_MS = 7 * 24 * 60 * 60_000

/** So many activations may name one code; then it is void. The column's check says the same. */
export const MAX_TRIES = 5

/** A new code of 80 random bits, as `XXXX-XXXX-XXXX-XXXX`. */
export function newActivationCode(): string {
  let bits = BigInt(`0x${randomBytes(BYTES).toString('hex')}`)
  let text = ''
  for (let i = 0; i < 16; i++, bits >>= 5n) text += ALPHABET[Number(bits & 31n)]
  return text.replaceAll(/(.{4})(?!$)/g, '$1-')
}

/** The 16 characters of what a person typed: any case, any dashes and blanks, O for 0, I and L for 1. Else undefined. */
export function normaliseCode(typed: string): string | undefined {
  const text = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return CODE.test(text) ? text : undefined
}

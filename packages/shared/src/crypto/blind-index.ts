import { createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import { encodeAad } from './aad.ts'
import { KEY_BYTES } from './aead.ts'

/** Index value of one normalised value, or of several as one (surname and birth date), as lower-case hex. */
export type BlindIndex = (...normalised: string[]) => string

/**
 * An index over a sealed field: HMAC-SHA-256 under a key of its own (HKDF from the service's index key and `label`), cut to
 * `bits`. Equal values share an index value and so do about R / 2^bits others: open the hits and compare, always. Choose
 * `bits` within {@link blindIndexBits}; do not index what has few values (sex, a ZIP or birth date alone). The caller
 * normalises. After CipherSweet, https://ciphersweet.paragonie.com/internals/blind-index.
 */
export function createBlindIndex({ key, label, bits }: { key: Buffer; label: string; bits: number }): BlindIndex {
  if (key.length !== KEY_BYTES) throw new RangeError(`An index key has ${KEY_BYTES} bytes`)
  if (label === '') throw new RangeError('A blind index needs a label')
  if (!Number.isInteger(bits) || bits < 1 || bits > 256) throw new RangeError('bits must be 1 to 256')
  const info = encodeAad(['wellgate-blind-index', label])
  const own = createSecretKey(Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), info, KEY_BYTES)))
  const bytes = Math.ceil(bits / 8)
  const lastMask = (0xff << (bytes * 8 - bits)) & 0xff
  return (...normalised) => {
    const mac = createHmac('sha256', own).update(encodeAad(normalised)).digest()
    mac[bytes - 1] = (mac[bytes - 1] ?? 0) & lastMask
    return mac.toString('hex', 0, bytes)
  }
}

/**
 * Fewest and most bits that all indexes of a field may have together for a population of R values, so that a lookup hits
 * 2 to √R by coincidence: enough to hide, few enough to open. Throws under 16 values. From CipherSweet's
 * src/Planner/FieldIndexPlanner.php at 06cbd57. Plan again at each tenfold growth.
 */
export function blindIndexBits(population: number): { min: number; max: number } {
  if (!(population >= 16)) throw new RangeError('Fewer than 16 values cannot be indexed safely')
  return { min: Math.ceil(Math.log2(population) / 2), max: Math.floor(Math.log2(population) - 1) }
}

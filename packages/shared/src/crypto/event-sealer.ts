import type { KeyObject } from 'node:crypto'
import { encodeAad } from './aad.ts'
import { decrypt, encrypt, randomKey, secretKey } from './aead.ts'
import { keysUnavailable, SealError } from './failures.ts'
import { createKeyCache, MAX_KEY_AGE_MS } from './key-cache.ts'
import { KmsError, type Kms } from './kms.ts'

/** The event that a payload belongs to. It opens for no other. */
export interface EventPlace {
  readonly topic: string
  readonly eventId: string
  readonly type: string
  readonly version: number
  readonly key: string
}

export interface SealedPayload {
  readonly ciphertext: Buffer
  /** `v1.<UTC day>.<wrapped data key, base64url>`: travels in a message header. */
  readonly header: string
}

/** The port that messaging/ asks for. Both reject with 503 `unavailable` when the KMS does not give the key. */
export interface EventSealer {
  seal(place: EventPlace, plaintext: Buffer): Promise<SealedPayload>
  /** Rejects with SealError what was changed, sealed for another event, or under a data key that its topic key does not open. */
  open(place: EventPlace, sealed: SealedPayload): Promise<Buffer>
}

export interface EventSealerOptions {
  readonly kms: Kms
  readonly deployment: string
  /** Unwrapped keys kept; default 1,000. */
  readonly maxKeys?: number
  readonly now?: () => number
}

const FORMAT = Buffer.from([1, 1])
const HEADER = /^v1\.(\d{4}-\d{2}-\d{2})\.([\w-]{1,4096})$/

/**
 * Seals protected payloads: each process makes one data key per topic and UTC day, wrapped by the KMS key
 * `topic/<topic>`; the wrapped copy travels with the event. Unwrapped keys are asked for anew after five minutes, so a
 * revoked topic key takes hold for producer and consumers alike.
 */
export function createEventSealer({
  kms,
  deployment,
  maxKeys = 1000,
  now = Date.now,
}: EventSealerOptions): EventSealer {
  const unwrapped = createKeyCache<KeyObject>({ max: maxKeys, ttlMs: MAX_KEY_AGE_MS, now })
  const unwrapping = new Map<string, Promise<KeyObject>>()
  const producing = new Map<string, { day: string; header: Promise<string> }>()

  const contextOf = (topic: string, day: string) => ({ deployment, topic, day })

  const make = async (topic: string, day: string): Promise<string> => {
    const raw = randomKey()
    const wrapped = await kms.wrap(`topic/${topic}`, raw, contextOf(topic, day)).catch(refuse)
    const header = `v1.${day}.${wrapped.toString('base64url')}`
    unwrapped.set(cacheId(topic, header), secretKey(raw))
    return header
  }
  const headerOfToday = (topic: string): Promise<string> => {
    const day = new Date(now()).toISOString().slice(0, 10)
    const present = producing.get(topic)
    if (present?.day === day) return present.header
    const header = make(topic, day)
    producing.set(topic, { day, header })
    header.catch(() => {
      if (producing.get(topic)?.header === header) producing.delete(topic)
    })
    return header
  }
  const unwrap = async (topic: string, day: string, wrapped: string, id: string): Promise<KeyObject> => {
    const raw = await kms
      .unwrap(`topic/${topic}`, Buffer.from(wrapped, 'base64url'), contextOf(topic, day))
      .catch((error: unknown) => {
        // No repeat can mend this one: waiting would hold up all that follow it.
        if (error instanceof KmsError && error.reason === 'refused')
          throw new SealError('broken', topic, { cause: error })
        return refuse(error)
      })
    const key = secretKey(raw)
    unwrapped.set(id, key)
    return key
  }
  const keyOf = async (topic: string, header: string): Promise<KeyObject> => {
    const id = cacheId(topic, header)
    const known = unwrapped.get(id)
    if (known) return known
    const [, day, wrapped] = HEADER.exec(header) ?? []
    if (!day || !wrapped) throw new SealError('malformed', topic)
    const key = unwrapping.get(id) ?? unwrap(topic, day, wrapped, id).finally(() => unwrapping.delete(id))
    unwrapping.set(id, key)
    return key
  }
  const aadOf = ({ topic, eventId, type, version, key }: EventPlace) =>
    encodeAad(['wellgate-event', deployment, topic, eventId, type, String(version), key])

  return {
    async seal(place, plaintext) {
      const header = await headerOfToday(place.topic)
      const key = await keyOf(place.topic, header).catch((error: unknown) => {
        // A topic key that was replaced wraps a new data key, where it does not open the present one.
        producing.delete(place.topic)
        throw error instanceof SealError ? keysUnavailable(error) : error
      })
      return { ciphertext: encrypt(key, aadOf(place), plaintext, FORMAT), header }
    },
    async open(place, { ciphertext, header }) {
      if (!ciphertext.subarray(0, FORMAT.length).equals(FORMAT)) throw new SealError('malformed', place.topic)
      const key = await keyOf(place.topic, header)
      try {
        return decrypt(key, aadOf(place), ciphertext, FORMAT.length)
      } catch (cause) {
        throw new SealError('broken', place.topic, { cause })
      }
    },
  }
}

const cacheId = (topic: string, header: string): string => `${topic} ${header}`

function refuse(error: unknown): never {
  throw keysUnavailable(error)
}

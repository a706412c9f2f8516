import type { KeyObject } from 'node:crypto'
import { counterOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { encodeAad } from './aad.ts'
import { AEAD_OVERHEAD, decrypt, encrypt } from './aead.ts'
import type { DataKeys, PatientKeys } from './data-keys.ts'
import { SealError, type SealFailure } from './failures.ts'

/** Where a sealed value lies. It opens nowhere else. `patient` is a lower-case UUID. */
export interface Place {
  readonly table: string
  readonly column: string
  readonly row: string
  readonly patient: string
}

/**
 * Seals fields under the data key of their patient. Everything throws or rejects with 503 `unavailable` while keys cannot
 * be used, and opening with SealError when the ciphertext was changed, moved, or its key is gone.
 */
export interface Sealer {
  /** Makes the patient's data key at the first use. */
  seal(place: Place, plaintext: string | Buffer): Promise<Buffer>
  open(place: Place, sealed: Buffer): Promise<Buffer>
  /** Without waiting: for lists, after {@link prefetch}. A patient whose keys are not in memory gives SealError `no-key`. */
  openSync(place: Place, sealed: Buffer): Buffer
  /** Seals JSON text to the letter (`7.10` stays `7.10`). Rejects with SyntaxError, sealing nothing, what is not JSON. */
  sealJson(place: Place, json: string): Promise<Buffer>
  /** The JSON text as it was sealed. */
  openJson(place: Place, sealed: Buffer): Promise<string>
  openJsonSync(place: Place, sealed: Buffer): string
  /** Seals a value by JSON.stringify. Rejects with TypeError what JSON cannot hold (undefined, functions). */
  sealValue(place: Place, value: unknown): Promise<Buffer>
  /** Parses what was sealed; `T` is the caller's claim, and numbers lose their spelling. */
  openValue<T>(place: Place, sealed: Buffer): Promise<T>
  openValueSync<T>(place: Place, sealed: Buffer): T
  /** Loads the data keys of many patients in one query. */
  prefetch(patientIds: readonly string[]): Promise<void>
}

export interface SealerOptions {
  readonly deployment: string
  readonly service: string
  readonly keys: DataKeys
  readonly metrics: Metrics
}

const VERSION = 1
const SUITE_AES_256_GCM = 1
const HEADER_BYTES = 6

/**
 * A sealed value is: layout version (1 byte), suite (1), data key version (4, big endian), nonce (12), ciphertext, tag (16).
 * Associated data: deployment, service, table, column, row, patient and data key version, each with its length.
 */
export function createSealer({ deployment, service, keys, metrics }: SealerOptions): Sealer {
  const seals = counterOf(metrics, platformMetrics.seals)
  const unseals = counterOf(metrics, platformMetrics.unseals)
  const failures = counterOf(metrics, platformMetrics.unsealFailures)

  const aadOf = ({ table, column, row, patient }: Place, version: number) =>
    encodeAad([deployment, service, table, column, row, patient, String(version)])
  const fail = (place: Place, reason: SealFailure, options?: ErrorOptions): SealError => {
    failures.inc()
    return new SealError(reason, `${service}.${place.table}.${place.column}`, options)
  }
  const sealWith = (held: PatientKeys, place: Place, plaintext: string | Buffer): Buffer => {
    const key = held.byVersion.get(held.current)
    if (!key) throw new Error(`The data key for ${service}.${place.table}.${place.column} does not open`)
    const sealed = encrypt(key, aadOf(place, held.current), plaintext, headerOf(held.current))
    seals.inc()
    return sealed
  }
  const openWith = (key: KeyObject | null | undefined, place: Place, version: number, sealed: Buffer): Buffer => {
    if (!key) throw fail(place, key === null ? 'broken' : 'no-key')
    try {
      const plaintext = decrypt(key, aadOf(place, version), sealed, HEADER_BYTES)
      unseals.inc()
      return plaintext
    } catch (cause) {
      throw fail(place, 'broken', { cause })
    }
  }
  const versionOf = (place: Place, sealed: Buffer): number => {
    const known = sealed[0] === VERSION && sealed[1] === SUITE_AES_256_GCM
    if (!known || sealed.length < HEADER_BYTES + AEAD_OVERHEAD) throw fail(place, 'malformed')
    return sealed.readUInt32BE(2)
  }

  const seal: Sealer['seal'] = async (place, plaintext) =>
    sealWith(keys.peek(place.patient) ?? (await keys.obtain(place.patient)), place, plaintext)

  const open: Sealer['open'] = async (place, sealed) => {
    const version = versionOf(place, sealed)
    const key =
      (keys.peek(place.patient) ?? (await keys.find(place.patient)))?.byVersion.get(version) ??
      (await keys.reload(place.patient))?.byVersion.get(version)
    return openWith(key, place, version, sealed)
  }

  const openSync: Sealer['openSync'] = (place, sealed) => {
    const version = versionOf(place, sealed)
    return openWith(keys.peek(place.patient)?.byVersion.get(version), place, version, sealed)
  }
  const openJson: Sealer['openJson'] = async (place, sealed) => (await open(place, sealed)).toString()
  const openJsonSync: Sealer['openJsonSync'] = (place, sealed) => openSync(place, sealed).toString()

  return {
    seal,
    open,
    openSync,
    async sealJson(place, json) {
      assertJson(json)
      return seal(place, json)
    },
    openJson,
    openJsonSync,
    async sealValue(place, value) {
      const json = JSON.stringify(value) as string | undefined
      if (json === undefined) throw new TypeError('The value has no JSON form')
      return seal(place, json)
    },
    openValue: async <T>(place: Place, sealed: Buffer) => JSON.parse(await openJson(place, sealed)) as T,
    openValueSync: <T>(place: Place, sealed: Buffer) => JSON.parse(openJsonSync(place, sealed)) as T,
    prefetch: (patientIds) => keys.prefetch(patientIds),
  }
}

function headerOf(version: number): Buffer {
  const header = Buffer.from([VERSION, SUITE_AES_256_GCM, 0, 0, 0, 0])
  header.writeUInt32BE(version, 2)
  return header
}

function assertJson(text: string): void {
  try {
    JSON.parse(text)
  } catch {
    // The parser's message quotes the text.
    throw new SyntaxError('Only JSON text can be sealed as JSON')
  }
}

import type { KeyObject } from 'node:crypto'
import { counterOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { randomKey, secretKey } from './aead.ts'
import { dataKeyRows, unwrapDataKey, wrapDataKey, type DataKeyRow, type DataKeyScope } from './data-key-rows.ts'
import { createKeyCache, MAX_KEY_AGE_MS } from './key-cache.ts'
import type { ServiceKeys } from './service-keys.ts'

export interface DataKeysOptions extends DataKeyScope {
  readonly serviceKeys: ServiceKeys
  readonly metrics: Metrics
  /** Patients whose keys stay in memory; default 20,000 (about 10 MB). */
  readonly maxPatients?: number
  /** At most and by default five minutes. */
  readonly ttlMs?: number
  readonly now?: () => number
}

/** The unwrapped data keys of one patient. */
export interface PatientKeys {
  /** The version that new data is sealed under. */
  readonly current: number
  /** `null` where the row is there but does not open (changed or moved): that patient's trouble, not the whole list's. */
  readonly byVersion: ReadonlyMap<number, KeyObject | null>
}

/** Every method throws or rejects with 503 `unavailable` while the service's keys cannot be used or the store is away. */
export interface DataKeys {
  /** What is in memory, without waiting. */
  peek(patientId: string): PatientKeys | undefined
  /** The patient's keys; undefined when there are none. Concurrent misses share one query. */
  find(patientId: string): Promise<PatientKeys | undefined>
  /** Reads past the cache, for a version that another process made. */
  reload(patientId: string): Promise<PatientKeys | undefined>
  /** The patient's keys, made when there are none; concurrent first uses, in any process, end with the same key. */
  obtain(patientId: string): Promise<PatientKeys>
  /** Loads the keys of many patients in one query; they are in memory for 30 s at least (the cap permitting). */
  prefetch(patientIds: readonly string[]): Promise<void>
  /** Gives the patient a new current key; older ones still open what they sealed. */
  rotate(patientId: string): Promise<void>
  /** Deletes the patient's keys for good. Returns how many. Other processes forget them within the cache's time. */
  shred(patientId: string): Promise<number>
  /** Drops the patient's keys from memory only, on hearing that another process shredded or rotated them. */
  forget(patientId: string): void
}

type Loaded = ReadonlyMap<string, PatientKeys>

const MAX_PATIENTS = 20_000
const PREFETCH_SPARE_MS = 30_000
const CANONICAL_UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The data keys of a service's patients: one each, wrapped by a service key, kept apart from the data they seal. */
export function createDataKeys(options: DataKeysOptions): DataKeys {
  const { serviceKeys, maxPatients = MAX_PATIENTS, ttlMs = MAX_KEY_AGE_MS, now = Date.now } = options
  const rows = dataKeyRows(options)
  const cache = createKeyCache<PatientKeys>({ max: maxPatients, ttlMs, now })
  const loading = new Map<string, Promise<Loaded>>()
  const creating = new Map<string, Promise<PatientKeys>>()
  const loads = counterOf(options.metrics, platformMetrics.dataKeyLoads)
  const changes = counterOf(options.metrics, platformMetrics.dataKeyChanges)
  let epoch = 0

  const forget = (patientId: string) => {
    epoch++
    loading.delete(patientId)
    cache.delete(patientId)
  }
  serviceKeys.onRevoked(() => {
    epoch++
    loading.clear()
    cache.clear()
  })
  /** Caches what was read, unless keys were dropped since the read began. */
  const remember = (since: number, patientId: string, keys: PatientKeys): PatientKeys => {
    if (since === epoch) cache.set(patientId, keys)
    return keys
  }
  const unwrap = async (row: DataKeyRow): Promise<KeyObject | null> => {
    const serviceKey = await serviceKeys.byId(row.serviceKeyId)
    try {
      return serviceKey ? secretKey(unwrapDataKey(options, serviceKey, row)) : null
    } catch {
      return null
    }
  }
  const readAll = async (patientIds: readonly string[]): Promise<Loaded> => {
    serviceKeys.assertUsable()
    const since = epoch
    const loaded = new Map<string, { current: number; byVersion: Map<number, KeyObject | null> }>()
    for (const row of await rows.ofPatients(patientIds)) {
      const keys = loaded.get(row.patientId) ?? { current: 0, byVersion: new Map() }
      loaded.set(row.patientId, keys)
      keys.byVersion.set(row.version, await unwrap(row))
      keys.current = Math.max(keys.current, row.version)
    }
    for (const [patientId, keys] of loaded) remember(since, patientId, keys)
    loads.inc(loaded.size)
    return loaded
  }
  const load = (patientIds: readonly string[]): Promise<Loaded> => {
    const odd = patientIds.some((id) => !CANONICAL_UUID.test(id))
    if (odd) return Promise.reject(new TypeError('A patient id must be a lower-case UUID'))
    const read = readAll(patientIds).finally(() => {
      for (const id of patientIds) if (loading.get(id) === read) loading.delete(id)
    })
    for (const id of patientIds) loading.set(id, read)
    return read
  }
  const peek = (patientId: string) => {
    serviceKeys.assertUsable()
    return cache.get(patientId)
  }
  const find = async (patientId: string) =>
    peek(patientId) ?? (await (loading.get(patientId) ?? load([patientId]))).get(patientId)
  const reload = async (patientId: string) => (await load([patientId])).get(patientId)

  const insert = async (patientId: string, version: number): Promise<PatientKeys | undefined> => {
    const raw = randomKey()
    const since = epoch
    if (!(await rows.insert(wrapDataKey(options, serviceKeys.current(), { patientId, version }, raw)))) return undefined
    changes.inc({ change: 'made' })
    return version === 1
      ? remember(since, patientId, { current: 1, byVersion: new Map([[1, secretKey(raw)]]) })
      : undefined
  }
  const create = async (patientId: string): Promise<PatientKeys> => {
    const keys = (await find(patientId)) ?? (await insert(patientId, 1)) ?? (await reload(patientId))
    if (!keys) throw new Error('The data key was deleted while it was being made')
    return keys
  }

  return {
    peek,
    find,
    reload,
    forget,
    async obtain(patientId) {
      const known = peek(patientId)
      if (known) return known
      const made = creating.get(patientId) ?? create(patientId).finally(() => creating.delete(patientId))
      creating.set(patientId, made)
      return made
    },
    async prefetch(patientIds) {
      serviceKeys.assertUsable()
      const missing = [...new Set(patientIds)].filter((id) => !cache.get(id, PREFETCH_SPARE_MS))
      const underway = missing.map((id) => loading.get(id))
      const rest = missing.filter((_, at) => !underway[at])
      await Promise.all([...new Set(underway), rest.length > 0 ? load(rest) : undefined])
    },
    async rotate(patientId) {
      const keys = await reload(patientId)
      await insert(patientId, (keys?.current ?? 0) + 1)
      forget(patientId)
    },
    async shred(patientId) {
      forget(patientId)
      const removed = await rows.remove(patientId)
      changes.inc({ change: 'shredded' }, removed)
      forget(patientId)
      return removed
    },
  }
}

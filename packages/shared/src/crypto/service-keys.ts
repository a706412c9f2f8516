import type { KeyObject } from 'node:crypto'
import { secretKey } from './aead.ts'
import { keysUnavailable } from './failures.ts'
import { MAX_KEY_AGE_MS } from './key-cache.ts'
import { isRevoked } from './kms.ts'
import {
  insertServiceKey,
  selectServiceKeys,
  unwrapServiceKey,
  type Purpose,
  type ServiceKeyRow,
  type ServiceKeyScope,
} from './service-key-rows.ts'

export interface ServiceKeysOptions extends ServiceKeyScope {
  /** Default `service/<service>`. */
  readonly kmsKeyId?: string
  /** Milliseconds between two checks that the KMS still opens the keys; default 2 minutes. */
  readonly recheckMs?: number
  /** Told of each failed check; for a log. */
  readonly onProblem?: (error: unknown) => void
  readonly now?: () => number
}

export interface ServiceKey {
  readonly id: string
  readonly key: KeyObject
}

export interface ServiceKeys {
  /** Throws 503 `unavailable` when the KMS has revoked the keys, or has not confirmed them for five minutes. */
  assertUsable(): void
  /** The key that wraps new data keys. Throws as {@link assertUsable}. */
  current(): ServiceKey
  /** The key of that id, read anew when this process has not met it; undefined when there is none. */
  byId(id: string): Promise<KeyObject | undefined>
  /** 32 raw bytes for blind indexes. Throws as {@link assertUsable}. */
  indexKey(): Buffer
  /** Asks the KMS now. Never rejects: what it found shows in {@link assertUsable}. */
  recheck(): Promise<void>
  /** Called when keys are revoked: drop what they opened. */
  onRevoked(listener: () => void): void
  /** For gauges: when the KMS last opened the keys, and since when those in use are in use. */
  ages(): { readonly confirmedMs: number; readonly usedMs: Readonly<Record<Purpose, number>> }
  close(): void
}

const RECHECK_MS = 120_000
const RETRY_MS = 15_000

interface Unwrapped {
  readonly byId: ReadonlyMap<string, KeyObject>
  readonly current: ServiceKey
  readonly index: Buffer
}

/**
 * Makes a service's keys at its first start (several processes may start at once) and unwraps them, so that no patient
 * costs a KMS call. Rejects when the KMS or the store does. Asks the KMS again every `recheckMs`: a refusal takes hold at
 * once and keys leave memory; silence is borne for five minutes.
 */
export async function openServiceKeys(options: ServiceKeysOptions): Promise<ServiceKeys> {
  const { service, recheckMs = RECHECK_MS, onProblem = () => {}, now = Date.now } = options
  const kmsKeyId = options.kmsKeyId ?? `service/${service}`
  const listeners: (() => void)[] = []
  let rows = await selectServiceKeys(options)
  for (const purpose of ['data', 'index'] as const) {
    if (!newest(rows, purpose)) await insertServiceKey(options, { id: `${purpose}-1`, purpose, kmsKeyId })
  }
  rows = await selectServiceKeys(options)
  let keys: Unwrapped | undefined = await unwrapAll(options, rows)
  let confirmedAt = now()
  let problem: unknown
  let checking: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const check = async () => {
    // The store being away does not stop the KMS from confirming what is known.
    rows = await selectServiceKeys(options).catch((error: unknown) => {
      onProblem(error)
      return rows
    })
    try {
      keys = await unwrapAll(options, rows)
      confirmedAt = now()
      problem = undefined
    } catch (error) {
      problem = error
      onProblem(error)
      if (isRevoked(error)) revoke()
    }
  }
  const revoke = () => {
    keys = undefined
    for (const listener of listeners) listener()
  }
  const recheck = () => (checking ??= check().finally(() => (checking = undefined)))
  const schedule = () => {
    if (closed) return
    timer = setTimeout(() => void recheck().then(schedule), problem ? Math.min(RETRY_MS, recheckMs) : recheckMs)
    timer.unref()
  }
  const usable = (): Unwrapped => {
    if (!keys || now() - confirmedAt > MAX_KEY_AGE_MS) throw keysUnavailable(problem)
    return keys
  }
  schedule()

  return {
    assertUsable: () => void usable(),
    current: () => usable().current,
    async byId(id) {
      if (!usable().byId.has(id)) await recheck()
      return usable().byId.get(id)
    },
    indexKey: () => usable().index,
    recheck,
    ages() {
      const ageOf = (purpose: Purpose) => now() - (newest(rows, purpose)?.createdAt.getTime() ?? now())
      return { confirmedMs: now() - confirmedAt, usedMs: { data: ageOf('data'), index: ageOf('index') } }
    },
    onRevoked: (listener) => void listeners.push(listener),
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

const newest = (rows: readonly ServiceKeyRow[], purpose: Purpose): ServiceKeyRow | undefined =>
  rows.findLast((row) => row.purpose === purpose && !row.retired)

async function unwrapAll(scope: ServiceKeyScope, rows: readonly ServiceKeyRow[]): Promise<Unwrapped> {
  const data = newest(rows, 'data')
  const index = newest(rows, 'index')
  if (!data || !index) throw new Error(`Schema ${scope.schema} has no service keys in use`)
  const raw = new Map<string, Buffer>()
  for (const row of rows) raw.set(row.id, await unwrapServiceKey(scope, row))
  const byId = new Map([...raw].map(([id, bytes]) => [id, secretKey(bytes)]))
  return { byId, current: { id: data.id, key: required(byId, data.id) }, index: required(raw, index.id) }
}

function required<V>(map: ReadonlyMap<string, V>, id: string): V {
  const value = map.get(id)
  if (value === undefined) throw new Error(`No service key ${id}`)
  return value
}

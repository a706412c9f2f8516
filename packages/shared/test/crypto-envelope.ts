import { createBlindIndex, type BlindIndex } from '../src/crypto/blind-index.ts'
import type { Metrics } from '../src/observability/metrics.ts'
import { createDataKeys, type DataKeys } from '../src/crypto/data-keys.ts'
import { createSealer, type Sealer } from '../src/crypto/sealer.ts'
import { openServiceKeys, type ServiceKeys, type ServiceKeysOptions } from '../src/crypto/service-keys.ts'

export interface EnvelopeOptions extends ServiceKeysOptions {
  readonly metrics: Metrics
  /** Patients whose data keys stay in memory. */
  readonly maxPatients?: number
}

/** What one process of a service holds; runtime/platform.ts composes the same. */
export interface Envelope {
  readonly sealer: Sealer
  readonly dataKeys: DataKeys
  readonly serviceKeys: ServiceKeys
  blindIndex(label: string, bits: number): BlindIndex
  /** Stops the checks; the pool is its owner's to close. */
  close(): void
}

/** Opens a service's keys (making them at its first start) and what rests on them. Rejects as openServiceKeys does. */
export async function openEnvelope(options: EnvelopeOptions): Promise<Envelope> {
  const serviceKeys = await openServiceKeys(options)
  const dataKeys = createDataKeys({ ...options, serviceKeys })
  return {
    sealer: createSealer({ ...options, keys: dataKeys }),
    dataKeys,
    serviceKeys,
    blindIndex: (label, bits) => createBlindIndex({ key: serviceKeys.indexKey(), label, bits }),
    close: () => serviceKeys.close(),
  }
}

import { counterOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import { KmsError, type Kms } from './kms.ts'

/** The same KMS, its calls counted by outcome. */
export function countedKms(kms: Kms, metrics: Metrics): Kms {
  const calls = counterOf(metrics, platformMetrics.kms)
  const count = async (operation: 'wrap' | 'unwrap', work: Promise<Buffer>): Promise<Buffer> => {
    try {
      const bytes = await work
      calls.inc({ operation, result: 'ok' })
      return bytes
    } catch (error) {
      calls.inc({ operation, result: error instanceof KmsError ? error.reason : 'failed' })
      throw error
    }
  }
  return {
    wrap: (keyId, plaintext, context) => count('wrap', kms.wrap(keyId, plaintext, context)),
    unwrap: (keyId, wrapped, context) => count('unwrap', kms.unwrap(keyId, wrapped, context)),
  }
}

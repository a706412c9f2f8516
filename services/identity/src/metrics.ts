import { DomainError } from '@wellgate/shared/errors/problem'
import { defineMetrics } from '@wellgate/shared/observability/metric-definition'
import { counterOf, type Metrics } from '@wellgate/shared/observability/metrics'

/** What only identity measures. */
export const identityMetrics = defineMetrics({
  logIns: {
    type: 'counter',
    name: 'wellgate_log_ins_total',
    help: 'Tries to log in: succeeded, refused for what was given, limited after several failures, or failed on our side.',
    labels: { result: ['succeeded', 'refused', 'limited', 'failed'] },
  },
  activations: {
    type: 'counter',
    name: 'wellgate_activations_total',
    help: 'Tries to open an account with an activation code.',
    labels: { result: ['succeeded', 'refused', 'limited', 'failed'] },
  },
  reuses: {
    type: 'counter',
    name: 'wellgate_refresh_token_reuses_total',
    help: 'Refresh tokens that came a second time, which ended their session: a thief, or a client that repeats itself.',
    labels: {},
  },
  signingKeyAge: {
    type: 'gauge',
    name: 'wellgate_signing_key_age_seconds',
    help: 'Age of the key that signs access tokens; another follows it after 90 days.',
    labels: {},
  },
})

/** Counts a try by how it ends. */
export type CountTry = <T>(work: Promise<T>) => Promise<T>

export interface IdentityCounts {
  readonly logIn: CountTry
  readonly activation: CountTry
  reuse(): void
}

/** The counters of identity, each result at 0 from the start, so that a first failure is an increase. */
export function createCounts(metrics: Metrics): IdentityCounts {
  const triesOf = (defined: typeof identityMetrics.logIns | typeof identityMetrics.activations): CountTry => {
    const tries = counterOf(metrics, defined)
    for (const result of defined.labels.result) tries.inc({ result }, 0)
    return async (work) => {
      try {
        const value = await work
        tries.inc({ result: 'succeeded' })
        return value
      } catch (error) {
        tries.inc({ result: resultOf(error) })
        throw error
      }
    }
  }
  const reuses = counterOf(metrics, identityMetrics.reuses)
  return {
    logIn: triesOf(identityMetrics.logIns),
    activation: triesOf(identityMetrics.activations),
    reuse: () => reuses.inc(),
  }
}

function resultOf(error: unknown): 'refused' | 'limited' | 'failed' {
  if (!(error instanceof DomainError)) return 'failed'
  if (error.status === 429) return 'limited'
  return error.status < 500 ? 'refused' : 'failed'
}

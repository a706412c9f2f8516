import { pause } from '../messaging/backoff.ts'
import type { Logger } from '../observability/logger.ts'
import { counterOf, gaugeOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'
import type { ProcessRole } from './roles.ts'

/** Work that is due again and again. It must be safe to run in several processes at once. */
export interface Job {
  readonly name: string
  /** The part of the service that runs it. */
  readonly role: ProcessRole
  readonly everyMs: number
  run(signal: AbortSignal): Promise<void>
}

export interface RunningJobs {
  stop(): Promise<void>
}

/** Runs each job at once and then every `everyMs` after it ended; a failure is logged and the next turn tries again. */
export function startJobs(jobs: readonly Job[], log: Logger, metrics?: Metrics): RunningJobs {
  const abort = new AbortController()
  const tell = metrics ? teller(metrics) : () => undefined
  const loops = jobs.map((job) => loop(job, abort.signal, log, tell))
  return {
    async stop() {
      abort.abort()
      await Promise.all(loops)
    },
  }
}

type Tell = (job: string, result: 'done' | 'failed') => void

function teller(metrics: Metrics): Tell {
  const runs = counterOf(metrics, platformMetrics.jobRuns)
  const success = gaugeOf(metrics, platformMetrics.jobSuccess)
  return (job, result) => {
    runs.inc({ job, result })
    if (result === 'done') success.set({ job }, Date.now() / 1000)
  }
}

async function loop(job: Job, signal: AbortSignal, log: Logger, tell: Tell): Promise<void> {
  while (!signal.aborted) {
    try {
      await job.run(signal)
      tell(job.name, 'done')
    } catch (error) {
      if (!signal.aborted) tell(job.name, 'failed')
      if (!signal.aborted) log.warn({ err: error, phase: job.name }, 'job failed; it runs again')
    }
    await pause(job.everyMs, signal)
  }
}

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

/** Says how often each job is due. Every process of a service tells of all of them, so that one that nobody runs shows. */
export function tellIntervals(jobs: readonly Job[], metrics: Metrics): void {
  const interval = gaugeOf(metrics, platformMetrics.jobInterval)
  for (const { name, everyMs } of jobs) interval.set({ job_name: name }, everyMs / 1000)
}

/** Runs each job at once and then every `everyMs` after it ended; a failure is logged and the next turn tries again. */
export function startJobs(jobs: readonly Job[], log: Logger, metrics?: Metrics): RunningJobs {
  const abort = new AbortController()
  const tell = metrics ? teller(metrics, jobs) : () => undefined
  const loops = jobs.map((job) => loop(job, abort.signal, log, tell))
  return {
    async stop() {
      abort.abort()
      await Promise.all(loops)
    },
  }
}

type Tell = (name: string, result: 'done' | 'failed') => void

function teller(metrics: Metrics, jobs: readonly Job[]): Tell {
  const runs = counterOf(metrics, platformMetrics.jobRuns)
  const success = gaugeOf(metrics, platformMetrics.jobSuccess)
  // At 0 from the start, so that a first failure is an increase.
  for (const { name } of jobs)
    for (const result of platformMetrics.jobRuns.labels.result) runs.inc({ job_name: name, result }, 0)
  return (name, result) => {
    runs.inc({ job_name: name, result })
    if (result === 'done') success.set({ job_name: name }, Date.now() / 1000)
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

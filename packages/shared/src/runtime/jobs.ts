import { pause } from '../messaging/backoff.ts'
import type { Logger } from '../observability/logger.ts'
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
export function startJobs(jobs: readonly Job[], log: Logger): RunningJobs {
  const abort = new AbortController()
  const loops = jobs.map((job) => loop(job, abort.signal, log))
  return {
    async stop() {
      abort.abort()
      await Promise.all(loops)
    },
  }
}

async function loop(job: Job, signal: AbortSignal, log: Logger): Promise<void> {
  while (!signal.aborted) {
    try {
      await job.run(signal)
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, phase: job.name }, 'job failed; it runs again')
    }
    await pause(job.everyMs, signal)
  }
}

import type { Logger } from '../observability/logger.ts'

/** One step of a shutdown. It may take `timeoutMs`; what it has not done by then is given up, and the next one starts. */
export interface Phase {
  readonly name: string
  readonly timeoutMs: number
  run(): Promise<void>
}

/**
 * Runs the phases in order, each timed and logged. A phase that fails or takes too long never keeps the next from running.
 * @returns whether every phase ended well
 */
export async function runPhases(phases: readonly Phase[], log: Logger): Promise<boolean> {
  let clean = true
  for (const phase of phases) {
    const started = performance.now()
    const outcome = await settle(phase)
    const fields = { phase: phase.name, ms: Math.round(performance.now() - started) }
    if (outcome === 'done') log.info(fields, 'shutdown phase done')
    else {
      clean = false
      log.warn({ ...fields, ...(outcome === 'late' ? {} : { err: outcome }) }, 'shutdown phase given up')
    }
  }
  return clean
}

async function settle(phase: Phase): Promise<'done' | 'late' | Error> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), phase.timeoutMs)
  })
  try {
    return await Promise.race([phase.run().then(() => 'done' as const), late])
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    clearTimeout(timer)
  }
}

import { pino, type DestinationStream } from 'pino'

/** A line waits so long for others. */
const WAIT_MS = 20
/** More than this is not waited with. */
const MAX_WAITING_BYTES = 8 * 1024
const WARN = 40

export interface LogOutput extends DestinationStream {
  /** Writes what waits, and returns when it is written. */
  flush(): void
}

/**
 * Standard output, written to in batches: a write for each request's line takes as long as a tenth of the request. From
 * `warn` on, a line is written before the call returns, and all before it. Whoever makes one flushes it at the process's
 * exit; only a process that is killed loses lines, of its last 20 ms.
 */
export function createLogOutput(): LogOutput {
  const output = pino.destination({ dest: 1, sync: true, minLength: MAX_WAITING_BYTES })
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    output.flushSync()
  }
  const levelled = {
    // pino tells the level of a line to a destination that asks for it so.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string): void {
      output.write(line)
      if (levelled.lastLevel >= WARN) flush()
      else timer ??= setTimeout(flush, WAIT_MS).unref()
    },
    flush,
  }
  return levelled
}

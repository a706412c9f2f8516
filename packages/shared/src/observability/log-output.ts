import { pino, type DestinationStream } from 'pino'

/** A line waits so long for others. */
const WAIT_MS = 20
/** More than this is not waited with. */
const MAX_WAITING = 8 * 1024
/** While nothing can be written, so many bytes are kept for later, and what comes then is dropped. */
const MAX_KEPT_BYTES = 1024 * 1024
const WARN = 40

export interface LogOutput extends DestinationStream {
  /** Writes what waits, and returns when it is written. */
  flush(): void
}

/**
 * Standard output, written to in batches: a write for each request's line takes as long as a tenth of the request. From
 * `warn` on, a line is written before the call returns, and all before it. Whoever makes one flushes it at the process's
 * exit; only a process that is killed loses lines: of its last 20 ms, or since its event loop was last free. A log that
 * cannot be written stops no one: without a reader it goes nowhere, on a full disk 1 MiB of it waits for room.
 */
export function createLogOutput(): LogOutput {
  // Batched here: the flushSync of sonic-boom retries a failing write for ever, and waits for the disk.
  const output = pino.destination({ dest: 1, sync: true, maxLength: MAX_KEPT_BYTES })
  output.on('error', () => undefined)
  let waiting = ''
  let since = 0
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting === '') return
    const lines = waiting
    waiting = ''
    output.write(lines)
  }
  const levelled = {
    // pino tells the level of a line to a destination that asks for it so.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string): void {
      const time = performance.now()
      if (waiting === '') since = time
      waiting += line
      // Besides the timer, which cannot fire while the event loop is busy.
      const full = waiting.length >= MAX_WAITING || time - since >= WAIT_MS
      if (full || levelled.lastLevel >= WARN) flush()
      else timer ??= setTimeout(flush, WAIT_MS).unref()
    },
    flush,
  }
  return levelled
}

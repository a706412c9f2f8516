import { Readable } from 'node:stream'
import { errors, type Dispatcher } from 'undici'
import { NotSent } from './fault.ts'

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

/** What a service answered: its head, and its body whole where it is short, else as it comes, from its first byte on. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer | Readable
}

/** What a request waits for, and when it is not worth sending any more. */
export interface Terms {
  /**
   * From here to the first byte of the answer's body, and to the end of a short one: waiting for a connection included.
   * Where the body comes slower than the connection, it begins anew with each piece of it that is sent.
   */
  readonly timeoutMs: number
  /** Whether all of the request is here. */
  readonly isWhole: () => boolean
  /** Asked when its turn has come: why it is not to be sent after all. */
  readonly refusal: () => Error | undefined
  /** Told when an answer that has begun breaks off, other than by who reads it. */
  readonly brokeOff: (error: Error) => void
}

/** Up to this length a body is waited for: to stream it would cost as much as all else that is done for the request. */
const WHOLE_BYTES = 64 * 1024

/**
 * Sends a request. Rejects with undici's error when no body has begun, or a short one did not come to its end; with
 * `NotSent` when no connection was free in time; with what `refusal` says.
 */
export const exchange = (service: Dispatcher, request: Dispatcher.DispatchOptions, terms: Terms): Promise<Answer> =>
  new Promise((resolve, reject) => {
    service.dispatch(request, receiver(terms, resolve, reject))
  })

function receiver(
  terms: Terms,
  resolve: (answer: Answer) => void,
  reject: (error: Error) => void,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = []
  let head: Omit<Answer, 'body'> | undefined
  let stream: Readable | undefined
  let sent: Dispatcher.DispatchController | undefined
  let late: Error | undefined
  // undici's own limits begin when a request is written: what waits for a connection would wait for ever.
  const limit = setTimeout(() => {
    late = sent ? new errors.HeadersTimeoutError() : new NotSent()
    sent?.abort(late)
    reject(late)
  }, terms.timeoutMs)
  return {
    onRequestStart(controller) {
      const refusal = late ?? terms.refusal()
      // Thrown instead of aborted, it leaves the connection to the next.
      if (refusal) throw refusal
      sent = controller
      if (!terms.isWhole()) clearTimeout(limit)
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200) return
      head = { status, headers }
    },
    onResponseData(controller, chunk) {
      if (head && !stream && !(Number(head.headers['content-length']) <= WHOLE_BYTES)) {
        clearTimeout(limit)
        stream = streamOf(controller)
        resolve({ ...head, body: stream })
      }
      if (!stream) chunks.push(chunk)
      else if (!stream.push(chunk)) controller.pause()
    },
    onResponseEnd() {
      clearTimeout(limit)
      if (stream) stream.push(null)
      else if (head) resolve({ ...head, body: Buffer.concat(chunks) })
    },
    onResponseError(_controller, error) {
      clearTimeout(limit)
      if (!stream) return reject(error)
      if (!stream.destroyed) terms.brokeOff(error)
      stream.destroy(error)
    },
  }
}

const streamOf = (controller: Dispatcher.DispatchController): Readable =>
  new Readable({
    read: () => controller.resume(),
    destroy: (error, done) => {
      controller.abort(error ?? new Error('nobody reads the answer any more'))
      done(error)
    },
  })

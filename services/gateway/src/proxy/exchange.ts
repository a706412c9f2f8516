import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2]

/** What a service answered: its head, and its body whole where it is short, else as it comes. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer | Readable
}

/** Up to this length a body is waited for: to stream it would cost as much as all else that is done for the request. */
const WHOLE_BYTES = 64 * 1024

/** Sends a request. Rejects with undici's error when no answer has begun, or a short one did not come to its end. */
export const exchange = (service: Dispatcher, request: Dispatcher.DispatchOptions): Promise<Answer> =>
  new Promise((resolve, reject) => {
    service.dispatch(request, receiver(resolve, reject))
  })

function receiver(resolve: (answer: Answer) => void, reject: (error: Error) => void): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = []
  let head: Omit<Answer, 'body'> | undefined
  let stream: Readable | undefined
  return {
    // Its being there tells undici which kind of handler this is.
    onRequestStart: () => undefined,
    onResponseStart(controller, status, headers) {
      if (status < 200) return
      head = { status, headers }
      if (Number(headers['content-length']) <= WHOLE_BYTES) return
      stream = new Readable({
        read: () => controller.resume(),
        destroy: (error, done) => {
          controller.abort(error ?? new Error('nobody reads the answer any more'))
          done(error)
        },
      })
      resolve({ ...head, body: stream })
    },
    onResponseData(controller, chunk) {
      if (!stream) chunks.push(chunk)
      else if (!stream.push(chunk)) controller.pause()
    },
    onResponseEnd() {
      if (stream) stream.push(null)
      else if (head) resolve({ ...head, body: Buffer.concat(chunks) })
    },
    onResponseError(_controller, error) {
      if (stream) stream.destroy(error)
      else reject(error)
    },
  }
}

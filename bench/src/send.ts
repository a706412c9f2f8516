import { Agent, request } from 'node:http'

export interface Sent {
  readonly token?: string
  /** Sent as JSON, where there is one. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- a client without our types: each scenario asserts what it reads
  readonly body: any
  /** From sending to the last byte. */
  readonly ms: number
}

export interface Sender {
  send(method: string, url: string, sent?: Sent): Promise<Answer>
  close(): void
}

const TIMEOUT_MS = 30_000

/** Sends any request over so many kept connections. Whatever is answered is given; only silence is an error. */
export function createSender({ connections, from }: { connections: number; from?: string }): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, localAddress: from ?? '127.0.0.1' })
  return {
    send: (method, url, sent = {}) =>
      new Promise((done, fail) => {
        const text = sent.body === undefined ? undefined : JSON.stringify(sent.body)
        const headers = {
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
          ...sent.headers,
        }
        const began = performance.now()
        const out = request(url, { method, agent, headers, timeout: TIMEOUT_MS }, (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.once('error', fail)
          answer.once('end', () => {
            const all = Buffer.concat(chunks).toString('utf8')
            const json = answer.headers['content-type']?.includes('json') === true && all !== ''
            const heard = new Headers()
            for (const [name, value] of Object.entries(answer.headers)) heard.set(name, String(value))
            const body: unknown = json ? JSON.parse(all) : all
            done({ status: answer.statusCode ?? 0, headers: heard, body, ms: performance.now() - began })
          })
        })
        out.once('timeout', () => out.destroy(new Error(`${method} ${new URL(url).pathname} did not answer in time`)))
        out.once('error', fail)
        out.end(text)
      }),
    close: () => agent.destroy(),
  }
}

import { Agent, request } from 'node:http'

export interface LoadOptions {
  readonly url: string
  readonly token?: string
  readonly requests: number
  readonly connections: number
  /** The loopback address we call from: the gateway limits requests by address. */
  readonly from?: string
}

export interface Load {
  /** Of each request in ms, as we saw it. */
  readonly latencies: readonly number[]
  readonly seconds: number
}

/**
 * So many GETs over so many kept connections, each sending its next when the last was answered.
 * @throws Error for any answer but 200: a number about refusals would be a lie
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { requests, connections, token } = options
  const agent = new Agent({ keepAlive: true, maxSockets: connections, localAddress: options.from ?? '127.0.0.1' })
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const latencies: number[] = []
  let left = requests
  const began = performance.now()
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const sent = performance.now()
      await get(options.url, agent, headers)
      latencies.push(performance.now() - sent)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, worker))
  } finally {
    agent.destroy()
  }
  return { latencies, seconds: (performance.now() - began) / 1000 }
}

function get(url: string, agent: Agent, headers: Record<string, string>): Promise<void> {
  return new Promise((done, fail) => {
    const sent = request(url, { agent, headers, timeout: 15_000 }, (answer) => {
      answer.resume()
      answer.once('error', fail)
      answer.once('end', () =>
        answer.statusCode === 200 ? done() : fail(new Error(`${new URL(url).pathname} answered ${answer.statusCode}`)),
      )
    })
    sent.once('timeout', () => sent.destroy(new Error(`${new URL(url).pathname} did not answer in 15 s`)))
    sent.once('error', fail)
    sent.end()
  })
}

let next = 2
/** Another address of the loopback net at each call, so that no limit of the gateway is met. Linux answers on all of them. */
export const anotherAddress = (): string => `127.0.0.${2 + (next++ % 250)}`

import { setTimeout as after } from 'node:timers/promises'

/** In place of an ingress: leads to the gateways in turn, but to none that goes or has gone. */
export interface Ingress {
  pick(): string
  /** Told of a gateway whose answer closed its connection, or that gave none: asked again once it keeps connections. */
  goes(gateway: string): void
  stop(): Promise<void>
}

const PROBE_MS = 300

export function startIngress(gateways: readonly string[]): Ingress {
  const out = new Set<string>()
  const stop = new AbortController()
  let turn = 0
  const probe = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await Promise.all([...out].map(async (gateway) => (await keeps(gateway)) && out.delete(gateway)))
      await after(PROBE_MS)
    }
  }
  const probing = probe()
  return {
    pick() {
      const staying = gateways.filter((gateway) => !out.has(gateway))
      const from = staying.length > 0 ? staying : gateways
      turn += 1
      return from[turn % from.length] ?? ''
    },
    goes: (gateway) => void out.add(gateway),
    async stop() {
      stop.abort()
      await probing
    },
  }
}

async function keeps(gateway: string): Promise<boolean> {
  try {
    const answer = await fetch(`${gateway}/docs`, { signal: AbortSignal.timeout(2_000) })
    await answer.text()
    return answer.ok && answer.headers.get('connection') !== 'close'
  } catch {
    return false
  }
}

import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Cast } from '../journey/cast.ts'
import { startIngress } from './ingress.ts'

const CLIENTS = 16
/** Of each client between two requests: all of them ask about 80 times a second, which leaves a laptop room to restart things. */
const PAUSE_MS = 200

export interface Failure {
  /** `503 upstream-down GET /v1/visit-types`, or the network's own code in place of a status. */
  readonly what: string
  readonly at: number
}

export interface Load {
  /** Requests that were answered well so far. */
  done(): number
  readonly failures: readonly Failure[]
  stop(): Promise<void>
}

type Ask = readonly [method: string, path: string, token: string, body?: (() => unknown) | undefined]

/** A read of each service, and a write. */
function asksOf({ desk, rivals: [patient] }: Cast, importId: string): readonly Ask[] {
  const someone = () => ({
    name: { family: `Rolling ${randomUUID().slice(0, 8)}`, given: ['Ida'] },
    birthDate: '1968-04-05',
    gender: 'female',
    addresses: [],
    telecoms: [],
  })
  return [
    ['GET', '/v1/accounts/current', patient],
    ['GET', '/v1/patients/me', patient],
    ['GET', '/v1/patients/me/summary', patient],
    ['GET', '/v1/patients/me/observations?limit=10', patient],
    ['GET', '/v1/visit-types', patient],
    ['GET', '/v1/patients/me/appointments', patient],
    ['GET', '/v1/patients/me/balance', patient],
    ['GET', `/v1/admin/imports/${importId}`, desk],
    ['POST', '/v1/admin/patients', desk, someone],
  ]
}

/**
 * Asks through the gateways until it is stopped, each client one request after the other. `importId` is of an import that
 * is done, to be read.
 */
export function startLoad(gateways: readonly string[], cast: Cast, importId: string): Load {
  const asks = asksOf(cast, importId)
  const failures: Failure[] = []
  const ingress = startIngress(gateways)
  const stop = new AbortController()
  let [done, turn] = [0, 0]
  const client = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      turn += 1
      const gateway = ingress.pick()
      const next = asks[turn % asks.length]
      if (!next) return
      const what = await ask(gateway, next, () => ingress.goes(gateway))
      if (what === null) done += 1
      else failures.push({ what, at: Date.now() })
      await after(PAUSE_MS)
    }
  }
  const running = Promise.all(Array.from({ length: CLIENTS }, client))
  return {
    done: () => done,
    failures,
    async stop() {
      stop.abort()
      await running
      await ingress.stop()
    },
  }
}

/** Null, or what went wrong. */
async function ask(gateway: string, [method, path, token, body]: Ask, goes: () => void): Promise<string | null> {
  try {
    const answer = await fetch(gateway + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body()) } : {}),
      signal: AbortSignal.timeout(30_000),
    })
    if (answer.headers.get('connection') === 'close') goes()
    const text = await answer.text()
    if (answer.ok) return null
    return `${answer.status} ${/"code":"([a-z-]+)"/.exec(text)?.[1] ?? ''} ${method} ${path}`
  } catch (error) {
    goes()
    const { cause, name } = error as { cause?: { code?: string }; name: string }
    return `${cause?.code ?? name} ${method} ${path}`
  }
}

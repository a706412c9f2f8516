import Fastify, { type FastifyInstance } from 'fastify'
import { gaugeOf, type Metrics } from '../observability/metrics.ts'
import { platformMetrics } from '../observability/platform-metrics.ts'

/** Resolves when what it looks at can be used. The signal aborts when its time is up. */
export type Check = (signal: AbortSignal) => Promise<void>

/**
 * Unready within a second of the outage is the promise: a prober that asks ten times a second hears it 600 ms after at the
 * latest, and 400 ms are left for a busy machine. Above what a `select 1` takes on one, so that slow is not gone.
 */
const CHECK_TIMEOUT_MS = 500

/**
 * The operator's port: `/livez` says that the process runs, `/readyz` that it can serve (503 with the names of the
 * checks that fail, or while it drains), `/metrics` speaks Prometheus. Not for the public: it asks for no token.
 */
export function createOpsServer(options: {
  readonly checks: Readonly<Record<string, Check>>
  readonly metrics: Metrics
  readonly isDraining: () => boolean
}): FastifyInstance {
  const { checks, metrics, isDraining } = options
  const passed = gaugeOf(metrics, platformMetrics.checks)
  const app = Fastify({
    logger: false,
    requestTimeout: 5_000,
    connectionTimeout: 10_000,
    exposeHeadRoutes: false,
    return503OnClosing: false,
  })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('cache-control', 'no-store')
    done()
  })
  app.get('/livez', () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => {
        const ok = await passes(check)
        passed.set({ check: name }, ok ? 1 : 0)
        return ok ? [] : [name]
      }),
    )
    const failing = [...(isDraining() ? ['draining'] : []), ...results.flat()]
    return reply
      .code(failing.length === 0 ? 200 : 503)
      .send({ status: failing.length === 0 ? 'ok' : 'unready', failing })
  })
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.registry.metrics()
    return reply.type(metrics.registry.contentType).send(text)
  })
  return app
}

/** Never rejects and never hangs, whatever the check does. */
async function passes(check: Check): Promise<boolean> {
  const time = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => (time.abort(), resolve(false)), CHECK_TIMEOUT_MS)
  })
  const run = async (): Promise<true> => {
    await check(time.signal)
    return true
  }
  try {
    return await Promise.race([run().catch(() => false), late])
  } finally {
    clearTimeout(timer)
  }
}

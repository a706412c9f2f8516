import { DEFAULT_BODY_LIMIT, DEFAULT_TIMEOUT_MS, ownerOf, type RouteContract } from '@wellgate/shared/contracts/route'
import type { ServiceName } from '@wellgate/shared/contracts/services'
import type { Logger } from '@wellgate/shared/observability/logger'
import type { Metrics } from '@wellgate/shared/observability/metrics'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { gatewayErrors } from '../errors.ts'
import type { Resolve } from './replicas.ts'
import { createUpstream, forward, type Upstream } from './upstream.ts'

/** The service's own limit ends a slow request first, with its own problem. */
export const MARGIN_MS = 1_000

export interface ProxyOptions {
  readonly contracts: readonly RouteContract[]
  readonly upstreams: Readonly<Partial<Record<ServiceName, string | undefined>>>
  /** Requests a minute and address for routes without a token: log-in, refresh, activation. */
  readonly logInLimit: number
  readonly log: Logger
  readonly metrics: Metrics
  readonly resolve?: Resolve
}

/** The routing table, made from the contracts: method, path and owner are all it needs. */
export function registerProxy(app: FastifyInstance, options: ProxyOptions): void {
  const upstreams = new Map<ServiceName, Upstream>()
  for (const [name, url] of Object.entries(options.upstreams)) {
    const service = name as ServiceName
    if (url) upstreams.set(service, createUpstream(service, url, options))
  }
  // Not in onClose, which comes before the last requests have ended.
  app.server.once('close', () => {
    for (const { connections } of upstreams.values()) void connections.destroy()
  })
  for (const contract of options.contracts) {
    app.route({
      method: contract.method,
      url: contract.path,
      exposeHeadRoute: false,
      config: { contract, ...(guessable(contract) ? { rateLimit: { max: options.logInLimit } } : {}) },
      onRequest: (request, _reply, done) => done(refusal(contract, request)),
      handler: (request, reply) => {
        const upstream = upstreams.get(ownerOf(contract))
        if (!upstream) throw gatewayErrors['not-configured']()
        return forward(upstream, request, reply, (contract.timeoutMs ?? DEFAULT_TIMEOUT_MS) + MARGIN_MS)
      },
    })
  }
}

/**
 * Routes that take a secret instead of a token can be guessed at, and so are limited more. A signature over the bytes as
 * they came cannot; and the payment processor tells of all its payments from few addresses.
 */
const guessable = ({ access, method, contentType }: RouteContract): boolean =>
  access.kind === 'public' && method === 'POST' && contentType === undefined

function refusal(contract: RouteContract, request: FastifyRequest): Error | undefined {
  const length = Number(request.headers['content-length'] ?? 0)
  const limit = contract.bodyLimit ?? DEFAULT_BODY_LIMIT
  if (length > limit) {
    return gatewayErrors['body-too-large']({ fields: [{ field: 'body', expected: `at most ${limit} bytes` }] })
  }
  for (const [name, value] of Object.entries(request.params as Record<string, string>)) {
    // Sent on as written, an encoded `..` or `/` would be another path for the service than it is for us.
    if (value === '.' || value === '..' || /[/\\\0]/.test(value)) {
      return gatewayErrors['bad-path']({ fields: [{ field: `params.${name}`, expected: 'an id' }] })
    }
  }
  return undefined
}

import type { RouteContract } from '../contracts/route.ts'
import { longestRequestMs, phase, requestSidePhases } from './phases.ts'
import type { Phase } from './shutdown.ts'

type RequestSide = Parameters<typeof requestSidePhases>[0]

/** The shutdown of a service: a request side's, with what works by itself before HTTP and what requests need after it. */
export function servicePhases(
  options: Pick<RequestSide, 'drainMs' | 'http' | 'ops' | 'drain'> & {
    readonly routes: readonly Pick<RouteContract, 'timeoutMs'>[]
    /** What each phase stops. */
    readonly stop: Readonly<Record<'consumers' | 'relay' | 'service' | 'pools' | 'traces', () => unknown>>
  },
): Phase[] {
  const { routes, stop, ...side } = options
  return requestSidePhases({
    ...side,
    longestRequestMs: longestRequestMs(routes),
    beforeHttp: [phase('consumers', 10_000, stop.consumers), phase('relay', 5_000, stop.relay)],
    afterHttp: [
      phase('service', 2_000, stop.service),
      phase('pools', 5_000, stop.pools),
      phase('traces', 3_000, stop.traces),
    ],
  })
}

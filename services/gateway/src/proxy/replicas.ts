import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import type { LookupFunction, Socket } from 'node:net'
import { buildConnector } from 'undici'

/**
 * A connection that idles for so long is closed from here. Less than a service drains for (WELLGATE_DRAIN_MS), so that
 * none breaks just when it is used.
 */
export const IDLE_MS = 1_000

/** How a name becomes addresses: `lookup` of node:dns, or a test's. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** What undici says when it closes a connection that idles: that one says nothing about its replica. */
const OWN_IDLE = 'socket idle timeout'

/** By then a replica that went is known to be gone by whoever gives out names, or it is back. */
const REMEMBERED_MS = 10_000

/**
 * Opens connections to whichever replicas a service's name stands for (one address on Kubernetes, several under compose):
 * to each in turn, but last of all to one whose connection has just closed or could not be opened. So a replica that
 * drains, and closes each connection with its answer (packages/shared/src/http/let-go.ts), hears of no new one while
 * another is there. One that refuses or is silent is passed over within the same attempt. For one service.
 */
export function connectToReplicas(resolve: Resolve = dnsLookup): buildConnector.connector {
  const failedAt = new Map<string, number>()
  let turn = 0
  const lookup: LookupFunction = (hostname, { all, ...options }, callback) =>
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const ordered = inTurn(found, turn++, failedAt)
      const [first] = ordered
      if (all || !first) callback(null, ordered)
      else callback(null, first.address, first.family)
    })
  const open = buildConnector({ lookup })
  return (options, callback) =>
    open(options, (...opened) => {
      const [, socket] = opened
      const address = socket?.remoteAddress
      if (socket && address !== undefined) {
        for (const passedOver of inVain(socket)) failedAt.set(passedOver, Date.now())
        let idle = false
        socket.once('error', (error) => (idle = error.message === OWN_IDLE))
        socket.once('close', () => idle || failedAt.set(address, Date.now()))
      }
      callback(...opened)
    })
}

/** The addresses that Node tried before the one that answered. It says each as `address:port`, and nothing of a single one. */
const inVain = ({
  autoSelectFamilyAttemptedAddresses: tried = [],
}: Partial<Pick<Socket, 'autoSelectFamilyAttemptedAddresses'>>): string[] =>
  tried.slice(0, -1).map((one) => one.slice(0, one.lastIndexOf(':')))

/** Addresses by when they last failed, longest ago first; those of which nothing is remembered in turn. */
function inTurn(found: readonly LookupAddress[], turn: number, failedAt: ReadonlyMap<string, number>): LookupAddress[] {
  const since = Date.now() - REMEMBERED_MS
  const failed = ({ address }: LookupAddress): number => {
    const at = failedAt.get(address) ?? 0
    return at > since ? at : 0
  }
  // By name first: resolvers give them in any order.
  const named = found.toSorted((a, b) => (a.address < b.address ? -1 : 1))
  const start = turn % Math.max(named.length, 1)
  return [...named.slice(start), ...named.slice(0, start)].toSorted((a, b) => failed(a) - failed(b))
}

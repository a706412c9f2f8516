import { createServer } from 'node:net'
import { UserError } from './options.ts'

/** Below the range that systems give to outgoing connections, which would take a port between our look and our use. */
const FIRST = 20_000
const COUNT = 10_000
const given = new Set<number>()

/** A port of the loopback that nobody listens on, another at each call. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
  throw new UserError(`no free port between ${FIRST} and ${FIRST + COUNT}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** @throws UserError when somebody else listens on the port */
export function claimPort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UserError(
          error.code === 'EADDRINUSE'
            ? `port ${port} is taken: stop what listens there, or choose another with --port`
            : `cannot listen on port ${port} (${error.code}): choose another with --port`,
        ),
      ),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}

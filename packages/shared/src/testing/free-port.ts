import { createServer } from 'node:net'

/** Below the range that systems give to outgoing connections, which would take a port between our look and our use. */
const FIRST = 20_000
const COUNT = 10_000
const given = new Set<number>()

/**
 * A port of the loopback that nobody listens on, another at each call.
 * @throws Error when a hundred looks found none
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT}`)
}

/** Never given by {@link freePort} of this process, though nobody listens on it yet. */
export function speakFor(port: number): void {
  given.add(port)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

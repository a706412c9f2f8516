import { speakFor } from '@wellgate/shared/testing/free-port'
import { createServer } from 'node:net'
import { UserError } from './options.ts'

/**
 * Speaks for the port that a person chose.
 * @throws UserError when somebody else listens on it
 */
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
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(speakFor(port))))
  })
}

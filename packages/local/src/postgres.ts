import { startEmbeddedPostgres, type EmbeddedPostgres } from '@wellgate/shared/testing/embedded-postgres'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { DataDir } from './data-dir.ts'

export interface SupervisedPostgres {
  readonly adminUrl: string
  /** The server's process now; another one after a restart. */
  pid(): number
  stop(): Promise<void>
}

const RESTART_MS = 250

/** The embedded Postgres, on one port for as long as we run: started again when it ends by itself. */
export async function supervisePostgres(
  dir: DataDir,
  port: number,
  { say, onRestart }: { say: (line: string) => void; onRestart: () => void },
): Promise<SupervisedPostgres> {
  let stopping = false
  const start = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({
      dataDir: dir.postgres,
      password: dir.secrets.postgresPassword,
      port,
      settings: { max_connections: '150', shared_buffers: '128MB' },
      logFile: join(dir.logs, 'postgres.log'),
    })
  let server = await start()
  const adminUrl = server.adminUrl

  const watch = async (): Promise<void> => {
    for (;;) {
      await server.ended
      if (stopping) return
      say('Postgres ended; starting it again — see postgres.log')
      await after(RESTART_MS)
      try {
        server = await start()
        if (stopping) await server.stop()
        else onRestart()
      } catch {
        await after(RESTART_MS * 4)
      }
    }
  }
  const watching = watch()
  return {
    adminUrl,
    pid: () => server.pid,
    async stop() {
      stopping = true
      await server.stop()
      await watching
    },
  }
}

import { freePort } from '@wellgate/shared/testing/free-port'
import { startEmbeddedPostgres } from '@wellgate/shared/testing/embedded-postgres'
import { removeDataDir } from '@wellgate/shared/testing/postgres-host'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { it, onTestFinished } from 'vitest'
import { openDataDir } from '../src/data-dir.ts'
import { install } from '../src/install/install.ts'

it('tells by its promise alone that its sessions are ended under it, as at Ctrl-C', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wellgate-install-'))
  chmodSync(folder, 0o755)
  const dir = openDataDir(folder)
  const server = await startEmbeddedPostgres({
    dataDir: dir.postgres,
    password: dir.secrets.postgresPassword,
    port: await freePort(),
    settings: { fsync: 'off' },
  })
  onTestFinished(async () => {
    await server.stop()
    removeDataDir(dir.postgres)
    rmSync(folder, { recursive: true })
  })
  const watcher = new Client({ connectionString: server.adminUrl })
  watcher.on('error', () => undefined)
  await watcher.connect()
  // Between two queries of a session, which is when nobody waits for its words; what is refused is done again.
  const end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'wellgate' and state = 'idle'"
  let ended = 0
  while (ended < 4) {
    const over = new AbortController()
    const installed = install(server.adminUrl, dir, null, () => undefined)
      .catch(() => undefined)
      .finally(() => over.abort())
    while (!over.signal.aborted) ended += (await watcher.query(end)).rowCount ?? 0
    await installed
  }
  // What nobody listens for would end the process, which vitest reports.
  await install(server.adminUrl, dir, null, () => undefined)
})

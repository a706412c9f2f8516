import { ADMIN_URL_VARIABLE, startPostgres } from './postgres.ts'

/** Vitest's global setup: one Postgres for the whole run; the workers find it in the environment. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgres()
  process.env[ADMIN_URL_VARIABLE] = server.adminUrl
  return async () => {
    delete process.env[ADMIN_URL_VARIABLE]
    await server.stop()
  }
}

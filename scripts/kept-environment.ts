import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/**
 * For one command on a service: where the environment names no database, what `npm start` keeps for the service in its
 * data directory is read into it. Answers with one line of what to do where there is neither.
 */
export function loadKeptEnvironment(service: string): string | null {
  const dataDir = process.env['WELLGATE_DATA_DIR'] || '.wellgate'
  // No service knows it, and each refuses what it does not know.
  delete process.env['WELLGATE_DATA_DIR']
  if (process.env['DATABASE_URL']) return null
  const kept = join(dataDir, 'env', `${service}.env`)
  if (!existsSync(kept))
    return `no installation in ${dataDir}: run npm start first, or name one by WELLGATE_DATA_DIR (elsewhere, set DATABASE_URL and what docs/environment.md names)`
  process.loadEnvFile(kept)
  return null
}

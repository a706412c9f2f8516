import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

// Where the environment names no database, the installation that `npm start` keeps is meant.
const kept = join('.wellgate', 'env', 'identity.env')
if (!process.env['DATABASE_URL'] && existsSync(kept)) process.loadEnvFile(kept)
await import('../services/identity/src/create-admin-main.ts')

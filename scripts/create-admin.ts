import process from 'node:process'
import { loadKeptEnvironment } from './kept-environment.ts'

// The usage needs no installation; whatever else is asked goes to the command itself.
const asks = process.argv.slice(2).some((word) => word === '--help' || word === '-h')
const missing = asks ? null : loadKeptEnvironment('identity')
if (missing === null) await import('../services/identity/src/create-admin-main.ts')
else {
  process.stderr.write(`create-admin: ${missing}\n`)
  process.exitCode = 1
}

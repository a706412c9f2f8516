import process from 'node:process'
import { readUrl } from '../image/provision-config.ts'
import { dumpDatabase } from './dump.ts'
import { restoreDatabase } from './restore.ts'

const USAGE = `npm run backup -- dump FOLDER [SERVICE…]   ADMIN_DATABASE_URL at one instant, all of it or some services: data/, keys/
npm run backup -- restore FOLDER           into ADMIN_DATABASE_URL: provisioned, and still without a table
  docs/operations/backup.md says what else is to be kept, and for how long`

const [verb, folder, ...services] = process.argv.slice(2)
if (verb === '-h' || verb === '--help') {
  process.stdout.write(`${USAGE}\n`)
  process.exit(0)
}
try {
  if (!(verb === 'dump' || verb === 'restore') || !folder) throw new Error(USAGE)
  const url = readUrl(process.env, 'ADMIN_DATABASE_URL', 'an administrator')
  const started = Date.now()
  if (verb === 'dump') await dumpDatabase(url, folder, { services })
  else await restoreDatabase(url, folder)
  process.stdout.write(`${verb}: done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
} catch (error) {
  process.stderr.write(`backup: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

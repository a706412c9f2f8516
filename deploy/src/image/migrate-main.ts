import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { installKeysSchema } from '@wellgate/shared/crypto/keys-schema'
import { migrate } from '@wellgate/shared/db/migrate'
import { Client } from 'pg'
import { complain } from './complain.ts'
import { readUrl } from './provision-config.ts'

/** Written by the bundler (bundle.ts): the image's own service. */
declare const IMAGE_SERVICE: string

/** The job of a release: keys and tables of the image's service, as their owner. A second time does nothing. */
async function main(): Promise<void> {
  const connectionString = readUrl(process.env, 'OWNER_DATABASE_URL', 'the role that owns the schema')
  const owner = new Client({ connectionString, application_name: `${IMAGE_SERVICE}-migrate` })
  await owner.connect()
  try {
    await owner.query('begin')
    await owner.query("select pg_advisory_xact_lock(hashtextextended('wellgate/keys/' || $1, 0))", [IMAGE_SERVICE])
    await installKeysSchema(owner, `${IMAGE_SERVICE}_keys`, `${IMAGE_SERVICE}_app`)
    await owner.query('commit')
  } finally {
    await owner.end()
  }
  const applied = await migrate({
    connectionString,
    schema: IMAGE_SERVICE,
    dir: fileURLToPath(new URL('../prisma/migrations/', import.meta.url)),
    log: (line) => process.stdout.write(`${line}\n`),
  })
  process.stdout.write(`${IMAGE_SERVICE}: ${applied.length} migrations applied\n`)
}

try {
  await main()
} catch (error) {
  complain('migrate', error)
}

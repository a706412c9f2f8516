import { existsSync } from 'node:fs'
import { Client, escapeIdentifier } from 'pg'
import { serverMajor } from './dump.ts'
import { filesOf } from './files.ts'
import { findPostgresTools } from './tools.ts'

/** What provisioning has made empty is dropped and made again, as it was. */
const WHOLE = ['--exit-on-error', '--single-transaction', '--clean', '--if-exists']
/** Of the postgres transport: it logs in nowhere and has no password, so that it can be made here. */
const EVENTS_OWNER = 'wellgate_events'

/**
 * Restores a dump of {@link dumpDatabase} into a database that holds no table yet and on whose server the services'
 * roles are: after provisioning, before the migrations. Each of the two files is restored whole or not at all.
 * @throws Error when something is there already, or a file, a role or a program is missing
 */
export async function restoreDatabase(url: string, folder: string): Promise<void> {
  const files = filesOf(folder)
  for (const file of Object.values(files)) if (!existsSync(file)) throw new Error(`there is no ${file}`)
  const client = new Client({ connectionString: url, application_name: 'wellgate-restore' })
  await client.connect()
  try {
    await refuseWhatIsThere(client)
    const tools = findPostgresTools(await serverMajor(client))
    for (const file of Object.values(files)) await requireRoles(client, tools.run('pg_restore', ['--list', file]))
    for (const file of Object.values(files)) tools.run('pg_restore', [...WHOLE, file], url)
  } finally {
    await client.end()
  }
}

/** Restoring over something would mix two histories: the operator makes an empty database and says so by its URL. */
async function refuseWhatIsThere(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  )
  if (rows[0]) {
    const more = rows.length > 1 ? ` and ${rows.length - 1} more tables` : ''
    throw new Error(`the database is not empty (${rows[0].name}${more}): restore into a new one`)
  }
}

/** Dumps name roles and do not make them: passwords are the secret store's. */
async function requireRoles(client: Client, contents: string): Promise<void> {
  const owners = new Set(Array.from(contents.matchAll(/ SCHEMA - \S+ (\S+)$/gm), ([, owner]) => owner ?? ''))
  const roles = [...owners].flatMap((owner) => [owner, owner.replace(/_owner$/, '_app')])
  const { rows } = await client.query<{ role: string }>(
    'select distinct role from unnest($1::text[]) as role where not exists (select from pg_roles where rolname = role)',
    [roles],
  )
  const missing = rows.map(({ role }) => role)
  if (missing.includes(EVENTS_OWNER)) {
    await client.query(`create role ${escapeIdentifier(EVENTS_OWNER)} nologin`)
    await client.query(`grant ${escapeIdentifier(EVENTS_OWNER)} to current_user`)
  }
  const needed = missing.filter((role) => role !== EVENTS_OWNER).toSorted()
  if (needed.length > 0) throw new Error(`the server lacks the roles ${needed.join(', ')}: provision it first`)
}

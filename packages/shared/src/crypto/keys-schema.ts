import { readFile } from 'node:fs/promises'
import { escapeIdentifier, escapeLiteral, type Pool } from 'pg'

/** What the key stores need of a pool or client. */
export type KeysDatabase = Pick<Pool, 'query'>

/**
 * Makes the schema of a service's wrapped keys, if it is not there, and its tables, for `appRole` to use. Repeats do
 * nothing. All or nothing; inside the caller's transaction the search_path stays on the schema until that ends.
 */
export async function installKeysSchema(client: KeysDatabase, schema: string, appRole: string): Promise<void> {
  const tables = await readFile(new URL('keys.sql', import.meta.url), 'utf8')
  const name = escapeIdentifier(schema)
  const role = escapeIdentifier(appRole)
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema])
  // Without the question, `if not exists` would ask an owner of the schema for rights on the database.
  const create = rowCount === 0 ? `create schema if not exists ${name};` : ''
  await client.query(`
    ${create}
    select set_config('search_path', ${escapeLiteral(name)}, true);
    ${tables}
    grant usage on schema ${name} to ${role};
    grant select, insert, update on service_key to ${role};
    grant select, insert, update, delete on data_key to ${role};
    revoke delete, truncate on service_key from ${role};
  `)
}

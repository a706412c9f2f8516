import { readFile } from 'node:fs/promises'
import { escapeIdentifier, type Pool } from 'pg'

/** What the key stores need of a pool or client. */
export type KeysDatabase = Pick<Pool, 'query'>

/** Makes the schema of a service's wrapped keys and its tables, for `appRole` to use. Repeats do nothing. */
export async function installKeysSchema(client: KeysDatabase, schema: string, appRole: string): Promise<void> {
  const sql = await readFile(new URL('keys.sql', import.meta.url), 'utf8')
  await client.query(sql.replaceAll(':schema', escapeIdentifier(schema)).replaceAll(':role', escapeIdentifier(appRole)))
}

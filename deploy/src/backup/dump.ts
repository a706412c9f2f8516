import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { Client } from 'pg'
import { filesOf, KEY_SCHEMAS } from './files.ts'
import { findPostgresTools } from './tools.ts'

/**
 * Dumps a running database into `folder`: data and wrapped keys, of one instant, each in its own file; of every schema,
 * or of some services alone. Roles are not in it: provisioning makes them. `within` may look at the same instant. The files
 * have their names once both are whole.
 * @throws Error when the folder holds a dump, or a program is missing or fails
 */
export async function dumpDatabase<T = void>(
  url: string,
  folder: string,
  { services = [], within }: { services?: readonly string[]; within?: (snapshot: Client) => Promise<T> } = {},
): Promise<T | undefined> {
  const files = filesOf(folder)
  for (const file of Object.values(files)) {
    if (existsSync(file)) throw new Error(`${file} is there: dump into another folder`)
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  }
  const client = new Client({ connectionString: url, application_name: 'wellgate-backup' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const tools = findPostgresTools(await serverMajor(client))
    await client.query('begin transaction isolation level repeatable read read only')
    const { rows } = await client.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot')
    const common = ['--format=custom', `--snapshot=${rows[0]?.snapshot}`]
    const all = services.length === 0
    const data = all ? [`--exclude-schema=${KEY_SCHEMAS}`] : services.map((service) => `--schema=${service}`)
    const keys = all ? [`--schema=${KEY_SCHEMAS}`] : services.map((service) => `--schema=${service}_keys`)
    tools.run('pg_dump', [...common, '--strict-names', ...data, `--file=${partOf(files.data)}`], url)
    tools.run('pg_dump', [...common, '--strict-names', ...keys, `--file=${partOf(files.keys)}`], url)
    for (const file of Object.values(files)) renameSync(partOf(file), file)
    return await within?.(client)
  } finally {
    for (const file of Object.values(files)) rmSync(partOf(file), { force: true })
    await client.end()
  }
}

const partOf = (file: string): string => `${file}.part`

export async function serverMajor(client: Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    "select current_setting('server_version_num')::int / 10000 as version",
  )
  return rows[0]?.version ?? 0
}

import type { ClientBase } from 'pg'

/** Rows and hash of each table, by `schema.table`: equal where every value of every row is. */
export type Snapshot = Readonly<Record<string, string>>

/** What is in every table of the database, as `rows hash`. */
export async function snapshotOf(client: ClientBase): Promise<Snapshot> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  )
  const snapshot: Record<string, string> = {}
  for (const { name } of tables) {
    const { rows } = await client.query<{ found: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(hash, '' order by hash)), '') as found
       from (select md5(one::text) as hash from ${name} one) each`,
    )
    snapshot[name] = rows[0]?.found ?? ''
  }
  return snapshot
}

/** What was set outside the tables: search paths and the like, by role; who may connect. */
export async function settingsOf(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select format('%s: %s', r.rolname, unnest(s.setconfig)) as line
       from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
       join pg_database d on d.oid = s.setdatabase where d.datname = current_database()
     union all
     select format('%s may %s', coalesce(r.rolname, 'everybody'), a.privilege_type)
       from pg_database d, aclexplode(d.datacl) a left join pg_roles r on r.oid = a.grantee
      where d.datname = current_database()
     order by 1`,
  )
  return rows.map(({ line }) => line)
}

/** The names of tables that are not alike in both. */
export const differences = (before: Snapshot, after: Snapshot): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .toSorted()

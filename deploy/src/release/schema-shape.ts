import type { ClientBase } from 'pg'

interface Column {
  readonly type: string
  readonly required: boolean
  /** Filled by the database where a statement does not name it. */
  readonly filled: boolean
}

/** What statements of a release rely on: by table, its columns and whatever may refuse a row. */
export interface SchemaShape {
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, Column>>
  /** Constraints, unique indexes and triggers, as `table: definition`. */
  readonly rules: ReadonlySet<string>
  /** What the app role may do, as `table: right`. */
  readonly rights: ReadonlySet<string>
}

const COLUMNS = `
  select c.relname as "table", a.attname as "column", format_type(a.atttypid, a.atttypmod) as type,
         a.attnotnull as required, a.atthasdef or a.attidentity <> '' as filled
    from pg_attribute a join pg_class c on c.oid = a.attrelid
   where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`
const RULES = `
  select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as line from pg_constraint
   where connamespace = $1::regnamespace and contype <> 'n' and conrelid <> 0
  union
  select indrelid::regclass || ': ' || pg_get_indexdef(indexrelid) from pg_index join pg_class on oid = indrelid
   where relnamespace = $1::regnamespace and indisunique
     and not exists (select from pg_constraint where conindid = indexrelid)
  union
  select tgrelid::regclass || ': ' || pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = tgrelid
   where relnamespace = $1::regnamespace and not tgisinternal`
const RIGHTS = `
  select c.oid::regclass || ': ' || a.privilege_type as line from pg_class c, aclexplode(c.relacl) a
   where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and a.grantee = ($1 || '_app')::regrole
     and c.relname <> '_prisma_migrations'`

/** The shape of a service's schema as it is. Names are without the schema where the client's search_path has it. */
export async function schemaShape(client: ClientBase, schema: string): Promise<SchemaShape> {
  const { rows } = await client.query<Column & { table: string; column: string }>(COLUMNS, [schema])
  const columns = new Map<string, Map<string, Column>>()
  for (const { table, column, type, required, filled } of rows)
    columns.set(table, (columns.get(table) ?? new Map()).set(column, { type, required, filled }))
  const lines = async (text: string) =>
    new Set((await client.query<{ line: string }>(text, [schema])).rows.map(({ line }) => line))
  return { columns, rules: await lines(RULES), rights: await lines(RIGHTS) }
}

/**
 * What the statements of the release before could trip over, one line each: something gone, of another type, newly
 * required, newly ruled, no longer allowed. New tables are nobody's trouble.
 */
export function narrowings(before: SchemaShape, after: SchemaShape): string[] {
  const known = (line: string): boolean => before.columns.has(line.slice(0, line.indexOf(':')).replaceAll('"', ''))
  return [
    ...[...before.columns].flatMap(([table, columns]) => narrowed(table, columns, after.columns.get(table))),
    ...[...after.rules].filter((line) => !before.rules.has(line) && known(line)).map((line) => `new rule: ${line}`),
    ...[...before.rights].filter((line) => !after.rights.has(line)).map((line) => `no longer allowed: ${line}`),
  ]
}

type Columns = ReadonlyMap<string, Column>

function narrowed(table: string, before: Columns, after: Columns | undefined): string[] {
  if (!after) return [`${table} is gone`]
  const old = [...before].flatMap(([name, was]) => {
    const is = after.get(name)
    if (!is) return [`${table}.${name} is gone`]
    return [
      ...(is.type === was.type ? [] : [`${table}.${name} is ${is.type}, was ${was.type}`]),
      ...(is.required && !was.required ? [`${table}.${name} is required, was not`] : []),
      ...(was.filled && !is.filled ? [`${table}.${name} is no longer filled by itself`] : []),
    ]
  })
  const added = [...after].filter(([name, { required, filled }]) => !before.has(name) && required && !filled)
  return [...old, ...added.map(([name]) => `${table}.${name} is new and required: nobody fills it yet`)]
}

import type { ClientBase } from 'pg'

interface Column {
  readonly type: string
  readonly required: boolean
  /** Filled by the database where a statement does not name it. */
  readonly filled: boolean
}

interface Rule {
  readonly table: string
  readonly definition: string
  /** Those it looks at; none where that cannot be told. */
  readonly columns: readonly string[]
}

/** What statements of a release rely on: by table, its columns and whatever may refuse a row. */
export interface SchemaShape {
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, Column>>
  /** Constraints, unique indexes and triggers. */
  readonly rules: readonly Rule[]
  /** What the app role may do, as `table: right`. */
  readonly rights: ReadonlySet<string>
}

const COLUMNS = `
  select c.relname as "table", a.attname as "column", format_type(a.atttypid, a.atttypmod) as type,
         a.attnotnull as required, a.atthasdef or a.attidentity <> '' as filled
    from pg_attribute a join pg_class c on c.oid = a.attrelid
   where c.relnamespace = quote_ident($1)::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped`
/** A trigger after the fact, which is no constraint, is taken to refuse nothing. */
const BEFORE = 2
const RULES = `
  with rule (relation, attributes, definition) as (
    select conrelid, conkey::int[], pg_get_constraintdef(oid) from pg_constraint
     where connamespace = quote_ident($1)::regnamespace and contype <> 'n' and conrelid <> 0
    union
    select indrelid, indkey::int[], pg_get_indexdef(indexrelid) from pg_index join pg_class on oid = indrelid
     where relnamespace = quote_ident($1)::regnamespace and indisunique
       and not exists (select from pg_constraint where conindid = indexrelid)
    union
    select tgrelid, '{0}', pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = tgrelid
     where relnamespace = quote_ident($1)::regnamespace and not tgisinternal and (tgtype & ${BEFORE} <> 0 or tgconstraint <> 0))
  select relation::regclass::text as "table", definition,
         array(select attname::text from pg_attribute where attrelid = relation and attnum = any (attributes)) as columns
    from rule`
const RIGHTS = `
  select c.oid::regclass || ': ' || a.privilege_type as line from pg_class c, aclexplode(c.relacl) a
   where c.relnamespace = quote_ident($1)::regnamespace and c.relkind in ('r', 'p') and a.grantee = quote_ident($1 || '_app')::regrole
     and c.relname <> '_prisma_migrations'`

/** The shape of a service's schema as it is. Names are without the schema where the client's search_path has it. */
export async function schemaShape(client: ClientBase, schema: string): Promise<SchemaShape> {
  const { rows } = await client.query<Column & { table: string; column: string }>(COLUMNS, [schema])
  const columns = new Map<string, Map<string, Column>>()
  for (const { table, column, type, required, filled } of rows)
    columns.set(table, (columns.get(table) ?? new Map()).set(column, { type, required, filled }))
  const rules = await client.query<Rule>(RULES, [schema])
  const rights = await client.query<{ line: string }>(RIGHTS, [schema])
  return { columns, rules: rules.rows, rights: new Set(rights.rows.map(({ line }) => line)) }
}

/**
 * What the statements of the release before could trip over, one line each: something gone, of another type, newly
 * required, newly ruled, no longer allowed. New tables are nobody's trouble.
 */
export function narrowings(before: SchemaShape, after: SchemaShape): string[] {
  const ruled = new Set(before.rules.map(lineOf))
  /** A rule about new columns alone holds for what fills them by itself. */
  const concerns = ({ table, columns }: Rule): boolean => {
    const old = before.columns.get(table.replaceAll('"', ''))
    return old !== undefined && (columns.length === 0 || columns.some((column) => old.has(column)))
  }
  return [
    ...[...before.columns].flatMap(([table, columns]) => narrowed(table, columns, after.columns.get(table))),
    ...after.rules
      .filter((rule) => !ruled.has(lineOf(rule)) && concerns(rule))
      .map((rule) => `new rule: ${lineOf(rule)}`),
    ...[...before.rights].filter((line) => !after.rights.has(line)).map((line) => `no longer allowed: ${line}`),
  ]
}

const lineOf = ({ table, definition }: Rule): string => `${table}: ${definition}`

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

import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { folderMigrations, platformMigrations, type Migration } from './migrations.ts'

export interface MigrateOptions {
  /** The schema's owner, on a connection that keeps its session (no transaction pooler). */
  readonly connectionString: string
  readonly schema: string
  /** The service's folder of migrations in Prisma's layout. The platform's come before it. */
  readonly dir: string
  /** For how long the database may hear nothing between two statements; a minute by default. */
  readonly silenceMs?: number
  readonly log?: (line: string) => void
}

/**
 * What a machine without power held, the turn and each table that its migration had changed, the server would else keep
 * for hours (TCP's keep-alive).
 */
const SILENCE_MS = 60_000

/** A migration that cannot be applied: its message names the file and, where the server says it, the position. */
export class MigrationError extends Error {
  readonly migration: string

  constructor(migration: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'MigrationError'
    this.migration = migration
  }
}

// As Prisma makes it, so that its tools can read the history.
const HISTORY = `create table if not exists _prisma_migrations (
  id                  varchar(36) primary key not null,
  checksum            varchar(64) not null,
  finished_at         timestamptz,
  migration_name      varchar(255) not null,
  logs                text,
  rolled_back_at      timestamptz,
  started_at          timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`

/**
 * Applies the platform's migrations and then the service's, each in a transaction of its own, and answers with the
 * names of those that it applied. Two at once take turns; a second time does nothing.
 * @throws MigrationError when one fails (it leaves nothing behind), or one that was applied has changed since
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const migrations = [...(await platformMigrations()), ...(await folderMigrations(options.dir))]
  return applyMigrations({ ...options, migrations })
}

/** Applies the given migrations, in the order given, to a schema that has its own history. See {@link migrate}. */
export async function applyMigrations(
  options: Omit<MigrateOptions, 'dir'> & { readonly migrations: readonly Migration[] },
): Promise<string[]> {
  const { schema, migrations, silenceMs = SILENCE_MS, log } = options
  const client = new Client({ connectionString: options.connectionString, application_name: `${schema}-migrate` })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query("select set_config('search_path', quote_ident($1), false)", [schema])
    await client.query('set statement_timeout = 0')
    await client.query(`set idle_session_timeout = ${silenceMs}`)
    await client.query(`set idle_in_transaction_session_timeout = ${silenceMs}`)
    await client.query('set client_min_messages = warning')
    await client.query("select pg_advisory_lock(hashtextextended('wellgate/migrate/' || $1, 0))", [schema])
    await client.query(HISTORY)
    const applied = await readHistory(client)
    checkHistory(migrations, applied)
    const pending = migrations.filter(({ name }) => !applied.has(name))
    for (const migration of pending) {
      await apply(client, migration)
      log?.(`${schema}: applied ${migration.name}`)
    }
    return pending.map(({ name }) => name)
  } finally {
    // Ends the session and with it the lock.
    await client.end()
  }
}

async function readHistory(client: Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'select migration_name, checksum from _prisma_migrations where finished_at is not null and rolled_back_at is null',
  )
  return new Map(rows.map((row) => [row.migration_name, row.checksum]))
}

/** History that the files do not know is left alone: an older release may run on a newer schema. */
function checkHistory(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  for (const { name, file, checksum } of migrations) {
    const before = applied.get(name)
    if (before === undefined || before === checksum) continue
    throw new MigrationError(
      name,
      `${file} has changed since it was applied: restore it and add a new migration instead`,
    )
  }
}

async function apply(client: Client, { name, file, sql, checksum }: Migration): Promise<void> {
  if (endsItsTransaction(sql)) {
    throw new MigrationError(name, `${file} begins or ends a transaction itself: each migration already runs in one`)
  }
  const startedAt = new Date()
  await client.query('begin')
  try {
    await client.query(sql)
    const { rowCount } = await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ($1, $2, $3, $4, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name, startedAt],
    )
    if (rowCount !== 1) throw new Error('the history was not written')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw new MigrationError(name, `${file}${positionOf(error, sql)}: ${reasonOf(error)}`, error)
  }
}

/** Whether a statement outside comments and function bodies would end the transaction around it: half a migration could stay. */
function endsItsTransaction(sql: string): boolean {
  const statements = sql.replaceAll(
    /--[^\n]*|\/\*[\s\S]*?\*\/|(\$\w*\$)[\s\S]*?\1|'(?:[^']|'')*'|\bbegin\s+atomic\b[\s\S]*?;\s*end\b/gi,
    ' ',
  )
  return /(^|;)\s*(begin|commit|rollback|abort|end|start\s+transaction)\b[^;]*;/i.test(`${statements};`)
}

/** What the server says; of data that it refuses (classes 22 and 23) only the code: it would quote a row's values. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code = '' } = error as { code?: string }
  return /^2[23]/.test(code) ? `a row does not fit: ${code}` : error.message
}

/** `:line:column` of what the server complains of, where it says so. */
function positionOf(error: unknown, sql: string): string {
  const position = Number((error as { position?: string }).position)
  if (!(position > 0)) return ''
  // The server counts characters, not UTF-16 units.
  const before = Array.from(sql)
    .slice(0, position - 1)
    .join('')
  const lines = before.split('\n')
  return `:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
}

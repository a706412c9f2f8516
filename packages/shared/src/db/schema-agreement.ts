import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import { Pool, type QueryArrayConfig } from 'pg'

export interface SchemaDiffOptions {
  /** A service's schema.prisma. */
  readonly schemaPath: string
  /** The owner's, on a database that has all migrations. */
  readonly connectionString: string
  readonly schema: string
}

/** What the platform keeps in every schema: not the service's to declare. */
const PLATFORM_TABLES = [
  '_prisma_migrations',
  'access_heartbeat',
  'access_void',
  'audit_entry',
  'idempotency_key',
  'inbox',
  'outbox',
  'parked_event',
  'replica_version',
]

const CHAR_OID = 18
const TEXT_OID = 25

/**
 * Compares a service's schema.prisma with what its migrations have made, by Prisma's own schema engine: empty when they
 * agree, else what would have to change in the database, in words. Checks, triggers and expression indexes are not compared.
 */
export async function schemaDiff({ schemaPath, connectionString, schema }: SchemaDiffOptions): Promise<string> {
  explainPanics()
  // Only here: the engine is 3 MB of WebAssembly, and Node warns that loading it so is experimental.
  const { SchemaEngine } = await import('@prisma/schema-engine-wasm')
  const file = { path: basename(schemaPath), content: await readFile(schemaPath, 'utf8') }
  const pool = new Pool({ connectionString, max: 1 })
  pool.on('error', () => undefined)
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(describingAdapter(pool, schema))
    const engine = await SchemaEngine.new({ datamodels: [[file.path, file.content]] }, () => undefined, adapter)
    try {
      const { exitCode, stdout } = await engine.diff({
        from: { tag: 'schemaDatasource', files: [file], configDir: '' },
        to: { tag: 'schemaDatamodel', files: [file] },
        script: false,
        exitCode: true,
        filters: { externalTables: PLATFORM_TABLES.map((table) => `${schema}.${table}`), externalEnums: [] },
      })
      return exitCode === 0 ? '' : (stdout ?? 'they differ').trim()
    } finally {
      engine.free()
    }
  } finally {
    await pool.end()
  }
}

/**
 * Prisma's adapter refuses the catalogue's type "char", which the engine asks for and wants as a character: such columns
 * pass the adapter as text and get their type afterwards. The engine asks one question at a time.
 */
function describingAdapter(pool: Pool, schema: string): PrismaPg {
  let characters: number[] = []
  const query = pool.query.bind(pool)
  const describing = {
    query: async (config: QueryArrayConfig) => {
      const result = await query(config)
      characters = result.fields.flatMap((field, index) => (field.dataTypeID === CHAR_OID ? [index] : []))
      for (const index of characters) Object.assign(result.fields[index] ?? {}, { dataTypeID: TEXT_OID })
      return result
    },
  }
  const factory = new PrismaPg(Object.assign(pool, describing), { schema })
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = await connect()
    const queryRaw = adapter.queryRaw.bind(adapter)
    adapter.queryRaw = async (sql) => {
      const result = await queryRaw(sql)
      const columnTypes = result.columnTypes.map((type, index) =>
        characters.includes(index) ? ColumnTypeEnum.Character : type,
      )
      return { ...result, columnTypes }
    }
    return adapter
  }
  return factory
}

/** Where the engine leaves the message of a panic; without it, all that is seen is `unreachable`. */
function explainPanics(): void {
  const registry = {
    set_message(message: string) {
      throw new Error(`Prisma's schema engine failed: ${message}`)
    },
  }
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: registry })
}

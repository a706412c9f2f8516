import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Migration {
  readonly name: string
  readonly file: string
  readonly sql: string
  /** SHA-256 in hex of the file, as Prisma keeps it. */
  readonly checksum: string
}

/** The platform's own, before each service's. A released one never changes: what comes later is a line of its own here. */
const PLATFORM = [['00000000000000_platform', './platform.sql']] as const

/** The platform's migrations. */
export function platformMigrations(): Promise<Migration[]> {
  return Promise.all(PLATFORM.map(([name, file]) => readMigration(name, fileURLToPath(new URL(file, import.meta.url)))))
}

/** The migrations of a folder in Prisma's layout (`<timestamp>_<name>/migration.sql`), by name. A missing folder has none. */
export async function folderMigrations(dir: string): Promise<Migration[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(names.toSorted().map((name) => readMigration(name, join(dir, name, 'migration.sql'))))
}

async function readMigration(name: string, file: string): Promise<Migration> {
  const sql = await readFile(file, 'utf8')
  return { name, file, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}

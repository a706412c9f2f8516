import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { Client } from 'pg'
import { installKeysSchema } from '../crypto/keys-schema.ts'
import { applyMigrations } from '../db/migrate.ts'
import { folderMigrations, platformMigrations, type Migration } from '../db/migrations.ts'
import { provisionService } from '../db/roles.ts'
import { sqlStateOf } from '../db/sqlstate.ts'
import { randomPassword, startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.ts'
import { removeDataDir } from './postgres-host.ts'

/** How the workers of a test run learn of the one server (global-setup.ts). */
export const ADMIN_URL_VARIABLE = 'WELLGATE_TEST_ADMIN_URL'

export interface TestService {
  /** The service, its schema and the prefix of its roles. */
  readonly name: string
  /** A folder in Prisma's layout; without one the schema has the platform's tables only. */
  readonly migrationsDir?: string
}

export interface TestServiceUrls {
  readonly ownerUrl: string
  readonly appUrl: string
  /** The app role, with search_path on `<service>_keys`. */
  readonly keysUrl: string
}

export interface TestDatabase {
  /** The superuser, on this database. */
  readonly adminUrl: string
  readonly services: Readonly<Record<string, TestServiceUrls>>
  /** @throws Error when the database was made without this service */
  urls(service: string): TestServiceUrls
  /** Ends every session on the database and removes it. */
  drop(): Promise<void>
}

/** A crash loses what it holds, which no test needs; password hashing is made cheap for the many connections. */
const THROWAWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', scram_iterations: '1' }

/** Roles belong to the server, not to a database: every suite must give them the same password. */
const PASSWORD = 'test'

const OBJECT_IN_USE = '55006'

export interface StartPostgresOptions {
  readonly dataDir?: string
  readonly port?: number
  /** Over the throwaway ones: `{ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }` for durability. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A server for tests, in a temporary directory that `stop` removes unless one was given. */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const folder = options.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'wellgate-test-')) : undefined
  const dataDir = options.dataDir ?? join(folder ?? '', 'postgres')
  // Temporary folders are closed to other users, and the server may run as one.
  if (folder !== undefined) chmodSync(folder, 0o755)
  const settings = { ...THROWAWAY, ...options.settings }
  const password = options.dataDir === undefined ? randomPassword() : PASSWORD
  const port = options.port === undefined ? {} : { port: options.port }
  const server = await startEmbeddedPostgres({ dataDir, password, settings, ...port })
  if (folder === undefined) return server
  return {
    ...server,
    async stop() {
      await server.stop()
      removeDataDir(dataDir)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The URL of the run's one server. @throws Error outside a run that has the global setup */
export function testAdminUrl(): string {
  const url = process.env[ADMIN_URL_VARIABLE]
  if (!url) throw new Error(`${ADMIN_URL_VARIABLE} is not set: run the tests through the root vitest.config.ts`)
  return url
}

/**
 * A database of its own for a suite, with the services' roles, schemas and migrations. The first with a given set of
 * migrations makes a template; each further one is a copy of it (about 100 ms).
 */
export async function createTestDatabase(options: {
  services: readonly TestService[]
  adminUrl?: string
}): Promise<TestDatabase> {
  const adminUrl = options.adminUrl ?? testAdminUrl()
  const prepared = await Promise.all(options.services.map(prepare))
  const template = `template_${await digest(prepared)}`
  const name = `test_${randomBytes(8).toString('hex')}`
  const names = options.services.map((service) => service.name)
  await withClient(adminUrl, async (admin) => {
    // Roles and templates are common to all workers: one at a time. Advisory locks are a database's, so all take it here.
    await admin.query("select pg_advisory_lock(hashtextextended('wellgate/test', 0))")
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [template])
    if (rowCount === 0) await makeTemplate(admin, adminUrl, template, prepared)
    await admin.query(`create database ${name} template ${template}`)
    // A copy has the schemas, but settings and grants on the database itself are not copied.
    await provision(onDatabase(adminUrl, name), names)
  })
  const services = Object.fromEntries(names.map((service) => [service, urlsOf(adminUrl, name, service)]))
  return {
    adminUrl: onDatabase(adminUrl, name),
    services,
    urls(service) {
      const urls = services[service]
      if (!urls) throw new Error(`the test database has no service ${service}`)
      return urls
    },
    async drop() {
      await withClient(adminUrl, (admin) => dropDatabase(admin, name))
    },
  }
}

/** A pool resolves `end` a moment before its sessions are gone; cutting those off would make them throw in a test. */
async function dropDatabase(admin: Client, name: string): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt++) {
    try {
      await admin.query(`drop database if exists ${name}`)
      return
    } catch (error) {
      if (sqlStateOf(error) !== OBJECT_IN_USE) throw error
      await after(25)
    }
  }
  await admin.query(`drop database if exists ${name} with (force)`)
}

interface Prepared {
  readonly service: string
  readonly migrations: readonly Migration[]
}

async function prepare({ name, migrationsDir }: TestService): Promise<Prepared> {
  const own = migrationsDir === undefined ? [] : await folderMigrations(migrationsDir)
  return { service: name, migrations: [...(await platformMigrations()), ...own] }
}

async function digest(prepared: readonly Prepared[]): Promise<string> {
  const keys = await readFile(new URL('../crypto/keys.sql', import.meta.url), 'utf8')
  const parts = prepared.flatMap(({ service, migrations }) => [
    service,
    ...migrations.flatMap(({ name, checksum }) => [name, checksum]),
  ])
  return createHash('sha256')
    .update([keys, ...parts].join('\n'))
    .digest('hex')
    .slice(0, 24)
}

async function makeTemplate(
  admin: Client,
  adminUrl: string,
  template: string,
  prepared: readonly Prepared[],
): Promise<void> {
  const building = `${template}_new`
  await admin.query(`drop database if exists ${building} with (force)`)
  await admin.query(`create database ${building}`)
  await provision(
    onDatabase(adminUrl, building),
    prepared.map(({ service }) => service),
  )
  for (const { service, migrations } of prepared) {
    const { ownerUrl } = urlsOf(adminUrl, building, service)
    await withClient(ownerUrl, (owner) => installKeysSchema(owner, `${service}_keys`, `${service}_app`))
    await applyMigrations({ connectionString: ownerUrl, schema: service, migrations })
  }
  await admin.query(`alter database ${building} rename to ${template}`)
}

async function provision(adminUrl: string, services: readonly string[]): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    for (const service of services)
      await provisionService(admin, { service, ownerPassword: PASSWORD, appPassword: PASSWORD })
  })
}

async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function onDatabase(adminUrl: string, database: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${database}`
  return url.href
}

function urlsOf(adminUrl: string, database: string, service: string): TestServiceUrls {
  const of = (role: string): string => {
    const url = new URL(onDatabase(adminUrl, database))
    url.username = role
    url.password = PASSWORD
    return url.href
  }
  const appUrl = of(`${service}_app`)
  return { ownerUrl: of(`${service}_owner`), appUrl, keysUrl: `${appUrl}?options=-c%20search_path%3D${service}_keys` }
}

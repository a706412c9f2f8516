import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { provisionService } from '@wellgate/shared/db/roles'
import { startEmbeddedPostgres } from '@wellgate/shared/testing/embedded-postgres'
import { Client } from 'pg'
import type { Secrets } from '../../../packages/local/src/data-dir.ts'
import { DATABASE_SERVICES } from '../../../packages/local/src/install/services.ts'

/** What a database's backup does not hold: passwords, keyrings, and what the payment processor remembers. */
const APART = ['secrets.json', 'keys', 'demo.json', 'payment-sandbox.json']

/** Keeps what lies outside the database, as a secret store and the processor do. */
export function keepApart(dataDir: string, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of APART)
    if (existsSync(join(dataDir, name))) cpSync(join(dataDir, name), join(folder, name), { recursive: true })
}

export const secretsOf = (dataDir: string): Secrets =>
  JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as Secrets

export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** The administrator's URL of the database of a Wellgate that runs on a data directory. */
export function adminUrlOf(dataDir: string): string {
  const env = readFileSync(join(dataDir, 'env', 'records.env'), 'utf8')
  const url = new URL(JSON.parse(env.match(/^DATABASE_URL=(.*)$/m)?.[1] ?? '""') as string)
  url.username = 'wellgate_admin'
  url.password = secretsOf(dataDir).postgresPassword
  return url.href
}

/** A new server with an empty database `wellgate` on a data directory, for as long as `use` takes. */
export async function withEmptyServer(dataDir: string, use: (url: string) => Promise<void>): Promise<void> {
  rmSync(join(dataDir, 'postgres'), { recursive: true, force: true })
  const { postgresPassword } = secretsOf(dataDir)
  const server = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), password: postgresPassword })
  try {
    await withClient(server.adminUrl, (client) => client.query('create database wellgate'))
    const url = new URL(server.adminUrl)
    url.pathname = '/wellgate'
    await use(url.href)
  } finally {
    await server.stop()
  }
}

/** Roles, their passwords and settings, as before: what the provisioning Job of a cluster does. */
export async function provisionAll(url: string, { passwords }: Secrets): Promise<void> {
  await withClient(url, async (admin) => {
    for (const service of DATABASE_SERVICES) {
      const [ownerPassword = '', appPassword = ''] = ['owner', 'app'].map((role) => passwords[`${service}_${role}`])
      await provisionService(admin, { service, ownerPassword, appPassword })
    }
  })
}

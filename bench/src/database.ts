import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'

/** The environment that a service of the stack runs with. */
export function environmentOf(dataDir: string, service: string): Record<string, string> {
  const lines = readFileSync(join(dataDir, 'env', `${service}.env`), 'utf8')
    .trim()
    .split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), JSON.parse(line.slice(at + 1)) as string]
    }),
  )
}

/** The stack's superuser: the benchmark lays tables and triggers of its own beside the services'. */
export function adminUrl(dataDir: string): string {
  const secrets = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as { postgresPassword: string }
  const url = new URL(environmentOf(dataDir, 'patients')['DATABASE_URL'] ?? '')
  url.username = 'wellgate_admin'
  url.password = secrets.postgresPassword
  return url.href
}

export async function withAdmin<T>(dataDir: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: adminUrl(dataDir) })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

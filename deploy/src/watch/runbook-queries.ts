import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { SERVICES } from '@wellgate/shared/contracts/services'
import { Client } from 'pg'
import type { Stack } from '../../../e2e/src/stack.ts'

const RUNBOOKS = new URL('../../../docs/runbooks/', import.meta.url)

/**
 * Asks the database what the runbooks ask it, as its superuser, for every service.
 * @returns how many questions it took
 * @throws Error that names the page and what is wrong with its SQL
 */
export async function askAsRunbooksDo(stack: Stack): Promise<number> {
  const client = new Client({ connectionString: superuserOf(stack) })
  await client.connect()
  let asked = 0
  try {
    for (const [page, sql] of queries()) {
      await client.query(sql).catch((error: unknown) => {
        throw new Error(`${page}: ${sql}: ${error instanceof Error ? error.message : String(error)}`)
      })
      asked += 1
    }
    return asked
  } finally {
    await client.end()
  }
}

function queries(): (readonly [page: string, sql: string])[] {
  return readdirSync(RUNBOOKS).flatMap((page) =>
    [...readFileSync(new URL(page, RUNBOOKS), 'utf8').matchAll(/^psql -c (['"])(.+)\1$/gm)].flatMap(([, , sql = '']) =>
      sql.includes('<service>')
        ? SERVICES.filter((name) => name !== 'gateway').map(
            (name) => [page, sql.replaceAll('<service>', name)] as const,
          )
        : [[page, sql] as const],
    ),
  )
}

/** As `npm start` keeps it: the address is every service's, the password the installation's. */
function superuserOf({ dataDir }: Stack): string {
  const { DATABASE_URL = '' } = parseEnv(readFileSync(join(dataDir, 'env', 'identity.env'), 'utf8'))
  const secrets = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as { postgresPassword: string }
  const url = new URL(DATABASE_URL)
  url.username = 'wellgate_admin'
  url.password = secrets.postgresPassword
  return url.href
}

import { allEvents } from '@wellgate/shared/contracts/all-events'
import type { ServiceName } from '@wellgate/shared/contracts/services'
import { installKeysSchema } from '@wellgate/shared/crypto/keys-schema'
import { migrate } from '@wellgate/shared/db/migrate'
import { provisionService } from '@wellgate/shared/db/roles'
import { ensureTopics } from '@wellgate/shared/messaging/kafka/ensure-topics'
import { installPostgresTransport } from '@wellgate/shared/messaging/postgres/install'
import { topicsOf } from '@wellgate/shared/messaging/topics'
import { createLogger } from '@wellgate/shared/observability/logger'
import { prepareKeyrings, refuseLostKeyrings } from '@wellgate/shared/runtime/keyrings'
import { Client } from 'pg'
import type { DataDir } from '../data-dir.ts'
import { UserError } from '../options.ts'
import type { PassedOn } from './passed-on.ts'
import { DATABASE_SERVICES, migrationsOf } from './services.ts'

const DATABASE = 'wellgate'

export interface Installation {
  /** The superuser on our database. */
  readonly adminUrl: string
  appUrl(service: ServiceName): string
  readonly keyrings: Readonly<Record<string, string>>
}

/** Brings the database, roles, schemas, keys and topics to this release. Each step can be cut off and done again. */
export async function install(
  serverUrl: string,
  dir: DataDir,
  kafka: PassedOn['kafka'],
  say: (line: string) => void,
): Promise<Installation> {
  await createDatabase(serverUrl)
  const adminUrl = onDatabase(serverUrl)
  const urlAs = (role: string): string => {
    const url = new URL(adminUrl)
    url.username = role
    url.password = dir.password(role)
    return url.href
  }
  await withClient(adminUrl, (admin) => refuseLostKeyrings(admin, dir.keys, DATABASE_SERVICES))
  let applied = 0
  for (const service of DATABASE_SERVICES) {
    await withClient(adminUrl, (admin) =>
      provisionService(admin, {
        service,
        ownerPassword: dir.password(`${service}_owner`),
        appPassword: dir.password(`${service}_app`),
      }),
    )
    const ownerUrl = urlAs(`${service}_owner`)
    await withClient(ownerUrl, (owner) => installKeysSchema(owner, `${service}_keys`, `${service}_app`))
    const names = await migrate({ connectionString: ownerUrl, schema: service, dir: migrationsOf(service) })
    applied += names.length
  }
  if (applied > 0) say(`applied ${applied} migrations`)
  const topics = topicsOf(allEvents)
  if (kafka) await prepareKafka(kafka, topics)
  else await installPostgresTransport({ adminUrl, topics, services: DATABASE_SERVICES })
  const keyrings = await prepareKeyrings(dir.keys, DATABASE_SERVICES, allEvents)
  return { adminUrl, appUrl: (service) => urlAs(`${service}_app`), keyrings }
}

/** Topics on the broker, one copy each: this is a laptop's. @throws UserError when no broker answers */
async function prepareKafka(kafka: NonNullable<PassedOn['kafka']>, topics: ReturnType<typeof topicsOf>): Promise<void> {
  const log = createLogger({ service: 'install', level: 'silent' })
  try {
    await ensureTopics({ ...kafka, clientId: 'wellgate-install', log, replicationFactor: 1 }, topics)
  } catch {
    throw new UserError(
      `no Kafka broker answers on ${kafka.brokers.join(',')}: start one with npm run kafka, or leave --transport out`,
    )
  }
}

async function createDatabase(serverUrl: string): Promise<void> {
  await withClient(serverUrl, async (admin) => {
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await admin.query(`create database ${DATABASE}`)
  })
}

function onDatabase(serverUrl: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${DATABASE}`
  return url.href
}

async function withClient<T>(connectionString: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString })
  // A query tells of a lost server, too: at Ctrl-C it is stopped under our hands.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

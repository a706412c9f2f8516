import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import type { ServiceName } from '../../contracts/services.ts'
import type { TopicSpec } from '../topics.ts'

const CALLABLE = [
  'publish(text[], text[], text[], text[], text[], text[])',
  'join_group(text, text[])',
  'claim(text, text[], text[], int, bigint)',
  'advance(text, text, int, bigint)',
  'lag(text, text[])',
  'expire()',
]

/**
 * Installs or updates schema `events` in the admin URL's database: topics, and for each service's login role the right
 * to publish and read exactly what the contracts say; other rights end. Idempotent. `services` are those deployed here,
 * whose roles must exist (by default all that the topics name); `roleOf` names a login role (`<service>_app`).
 */
export async function installPostgresTransport(options: {
  adminUrl: string
  topics: readonly TopicSpec[]
  services?: readonly ServiceName[]
  roleOf?: (service: ServiceName) => string
}): Promise<void> {
  const roleOf = options.roleOf ?? ((service: ServiceName) => `${service}_app`)
  const named = new Set(options.services ?? options.topics.flatMap((topic) => [...topic.producers, ...topic.readers]))
  const grants = options.topics.flatMap((topic) => [
    ...topic.producers.map((service) => ({ service, topic: topic.name, right: 'publish' })),
    ...topic.readers.map((service) => ({ service, topic: topic.name, right: 'read' })),
  ])
  const sql = await readFile(new URL('./events.sql', import.meta.url), 'utf8')
  const client = new Client({ connectionString: options.adminUrl })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('wellgate.events.install', 0))`)
    await client.query(sql)
    await client.query('SET LOCAL ROLE wellgate_events')
    for (const topic of options.topics) await installTopic(client, topic)
    const replaced = options.services ? [...named].map(roleOf) : null
    await client.query('DELETE FROM events.topic_grant WHERE $1::name[] IS NULL OR role = ANY($1)', [replaced])
    for (const grant of grants.filter(({ service }) => named.has(service))) {
      const values = [roleOf(grant.service), grant.topic, grant.right]
      await client.query('INSERT INTO events.topic_grant VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', values)
    }
    const { rows } = await client.query<{ role: string }>('SELECT DISTINCT role FROM events.topic_grant')
    const roles = new Set([...[...named].map(roleOf), ...rows.map(({ role }) => role)])
    for (const role of [...roles].map((name) => client.escapeIdentifier(name))) {
      await client.query(`GRANT USAGE ON SCHEMA events TO ${role}`)
      for (const name of CALLABLE) await client.query(`GRANT EXECUTE ON FUNCTION events.${name} TO ${role}`)
    }
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}

/** A topic keeps the number of partitions it was made with: another number would move keys and lose their order. */
async function installTopic(client: Client, topic: TopicSpec): Promise<void> {
  await client.query('INSERT INTO events.topic (name, partitions) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    topic.name,
    topic.partitions,
  ])
  await client.query(
    `INSERT INTO events.partition_head (topic, partition)
     SELECT name, generate_series(0, partitions - 1) FROM events.topic WHERE name = $1 ON CONFLICT DO NOTHING`,
    [topic.name],
  )
}

import { Kafka, ConfigResourceTypes, logLevel } from 'kafkajs'
import { onTestFinished, expect, test } from 'vitest'
import { ensureTopics } from '../../src/messaging/kafka/ensure-topics.ts'
import { topicsOf } from '../../src/messaging/topics.ts'
import { housekeeping } from '../../src/runtime/housekeeping.ts'
import { startKafka, whyNoKafka } from '../../src/testing/kafka.ts'
import { createTestDatabase } from '../../src/testing/postgres.ts'
import { poolOf, silent, testEvents } from './fixtures.ts'

const why = await whyNoKafka(process.env)

test.skipIf(why !== undefined)('an event is remembered for as long as a topic may repeat it', async () => {
  const kafka = await startKafka()
  onTestFinished(() => kafka.close())
  const { brokers } = kafka
  await ensureTopics({ brokers, clientId: 'test', log: silent, replicationFactor: 1 }, topicsOf(testEvents))
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: 'tally' }],
  })
  const days = (name: string) =>
    Number(resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue) / 86_400_000
  // What is deleted is a segment, once its last record is old enough: its first one is older by as long as it was written to.
  const oldest = days('retention.ms') + days('segment.ms')

  const database = await createTestDatabase({ services: [{ name: 'records' }] })
  onTestFinished(() => database.drop())
  const pool = poolOf(database.urls('records').appUrl)
  onTestFinished(() => pool.end())
  await pool.query(
    `INSERT INTO inbox (consumer_group, event_id, processed_at)
     SELECT age, gen_random_uuid(), now() - age * interval '1 day' FROM unnest($1::float8[]) AS age`,
    [[oldest, oldest + 2]],
  )
  await housekeeping(pool).run(new AbortController().signal)
  expect((await pool.query('SELECT consumer_group::float8 AS age FROM inbox')).rows).toEqual([{ age: oldest }])
})

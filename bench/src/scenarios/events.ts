import { startKafka, whyNoKafka } from '@wellgate/shared/testing/kafka'
import { startStack, type Stack } from '../../../e2e/src/stack.ts'
import type { Bench } from '../bench.ts'
import { measureEvents, READERS, type EventLatencies } from '../event-latency.ts'
import type { Result } from '../result.ts'
import { quantile } from '../stats.ts'

const GOAL_MS = 50

/** Commit of a revocation in identity to the commit of its effect in each service, over both transports. */
export async function events(bench: Bench): Promise<Result[]> {
  bench.say('events: over Postgres')
  const overPostgres = await measureEvents((await bench.stack()).dataDir)
  const results = [resultOf('postgres', overPostgres)]
  const why = await whyNoKafka(process.env)
  if (why !== undefined) {
    return [...results, { id: 'events-kafka', what: 'event commit to effect, kafka', value: `skipped: ${why}` }]
  }
  await bench.stopStack()
  bench.say('events: over Kafka')
  const kafka = await startKafka()
  let stack: Stack | undefined
  try {
    stack = await startStack({ args: ['--no-demo', '--transport', 'kafka', '--brokers', kafka.brokers.join(',')] })
    results.push(resultOf('kafka', await measureEvents(stack.dataDir)))
  } finally {
    await stack?.stop()
    await kafka.close()
  }
  return results
}

function resultOf(transport: string, { each, last }: EventLatencies): Result {
  const p99 = quantile(each, 0.99)
  const ms = (samples: readonly number[]) =>
    [0.5, 0.99, 1].map((part, n) => `${['p50', 'p99', 'max'][n]} ${quantile(samples, part).toFixed(1)}`).join(', ')
  return {
    id: `events-${transport}`,
    what: `event commit to effect, ${transport}`,
    value: `${ms(each)} ms`,
    goal: `p99 <= ${GOAL_MS} ms`,
    met: p99 <= GOAL_MS,
    notes: [`${last.length} revocations, one at a time; in the last of ${READERS.length} services ${ms(last)} ms`],
    data: { each, last },
  }
}

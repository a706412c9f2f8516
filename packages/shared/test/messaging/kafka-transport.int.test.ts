import { describe, test } from 'vitest'
import { whyNoKafka } from '../../src/testing/kafka.ts'
import { transportContract } from './contract.ts'
import { kafkaBroker } from './kafka-broker.ts'

const why = await whyNoKafka(process.env)

if (why === undefined) transportContract('kafka', kafkaBroker)
else describe('kafka transport', () => test.skip(`SKIPPED: ${why}`, () => {}))

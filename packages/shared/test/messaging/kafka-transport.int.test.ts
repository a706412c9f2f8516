import { whyNoKafka } from '../../src/testing/kafka.ts'
import { transportContract } from './contract.ts'
import { kafkaBroker } from './kafka-broker.ts'

const why = await whyNoKafka(process.env)
if (why !== undefined) process.stderr.write(`The kafka transport is NOT tested: ${why}\n`)

transportContract('kafka', kafkaBroker, why)

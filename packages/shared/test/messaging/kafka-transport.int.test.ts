import { whyNoKafka } from '../../src/testing/kafka.ts'
import { transportContract } from './contract.ts'
import { kafkaBroker } from './kafka-broker.ts'

transportContract('kafka', kafkaBroker, await whyNoKafka(process.env))

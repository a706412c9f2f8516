import { startKafka, whyNoKafka, type TestKafka } from '@wellgate/shared/testing/kafka'
import { afterAll, describe, it } from 'vitest'
import { startStack } from '../src/stack.ts'
import { journeySuite } from './journey-suite.ts'

const why = await whyNoKafka(process.env)
let kafka: TestKafka | undefined

if (why) {
  describe('the journey over kafka', () => {
    it.skip(why, () => undefined)
  })
} else {
  afterAll(() => kafka?.close())
  journeySuite('kafka', async () => {
    kafka = await startKafka()
    return startStack({ args: ['--transport', 'kafka', '--brokers', kafka.brokers.join(',')] })
  })
}

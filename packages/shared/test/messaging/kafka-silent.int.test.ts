import { expect, onTestFinished, test } from 'vitest'
import { createKafkaTransport } from '../../src/messaging/kafka/kafka-transport.ts'
import { startKafka, whyNoKafka } from '../../src/testing/kafka.ts'
import { freePort } from '../../src/testing/free-port.ts'
import { startSilentProxy } from '../silent-proxy.ts'
import { silent } from './fixtures.ts'

const why = await whyNoKafka(process.env)
/** As the check of /readyz, which looks again and again and waits for half a second. */
const LOOK_MS = 500

/** A transport that reaches a broker through a network that can swallow what its connections carry. */
async function behindProxy() {
  const port = await freePort()
  const proxy = await startSilentProxy(`kafka://127.0.0.1:${port}`)
  onTestFinished(() => proxy.close())
  const kafka = await startKafka({ port, advertisedPort: Number(new URL(proxy.url).port) })
  onTestFinished(() => kafka.close())
  const transport = createKafkaTransport({ brokers: [new URL(proxy.url).host], clientId: 'records', log: silent })
  return { proxy, transport }
}

test.skipIf(why !== undefined)(
  'a broker that is back is seen within seconds, whatever hangs on the connections of before',
  async () => {
    const { proxy, transport } = await behindProxy()
    await transport.health()
    // New connections work at once. What was asked on one of before never has an answer.
    proxy.silence()
    const silenced = performance.now()
    const hangs = [transport.health(), transport.lag('records', [])].map((asked) => asked.catch(() => 'failed'))
    for (let ready = false; !ready;) {
      const look = AbortSignal.timeout(LOOK_MS)
      const late = new Promise<false>((resolve) => look.addEventListener('abort', () => resolve(false)))
      const seen = transport.health().then(
        () => true,
        () => false,
      )
      ready = await Promise.race([seen, late])
    }
    expect(performance.now() - silenced).toBeLessThan(5_000)
    // Whoever asked before hears of it too, and waits no longer.
    expect(await Promise.all(hangs)).toEqual(['failed', 'failed'])
    await transport.close()
  },
  60_000,
)

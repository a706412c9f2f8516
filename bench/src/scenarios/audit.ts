import type { Bench } from '../bench.ts'
import { bucketsOf, countOf, quantileMs, since } from '../histogram.ts'
import { anotherAddress, load } from '../load.ts'
import type { Result } from '../result.ts'
import { quantile } from '../stats.ts'

const HISTOGRAM = 'wellgate_audit_write_seconds'
const ALONE = 500

/** How long an answer waits for its audit entry, from the service's own histogram while profiles are read. */
export async function audit(bench: Bench): Promise<Result> {
  const stack = await bench.stack()
  const token = await bench.demoToken()
  const url = `${stack.gateway}/v1/patients/me`
  const read = () => bucketsOf(stack.dataDir, 'patients', HISTOGRAM)
  const during = async (requests: number, connections: number) => {
    await load({ url, token, requests: 200, connections, from: anotherAddress() })
    const before = await read()
    const { latencies } = await load({ url, token, requests, connections, from: anotherAddress() })
    const written = since(before, await read())
    return {
      p50: quantileMs(written, 0.5),
      p99: quantileMs(written, 0.99),
      batches: countOf(written),
      perBatch: requests / countOf(written),
      request: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    }
  }
  bench.say('audit: one request at a time')
  const alone = await during(ALONE, 1)
  bench.say(`audit: ${bench.options.connections} requests at a time`)
  const busy = await during(bench.options.requests, bench.options.connections)
  const ms = (one: { p50: number; p99: number }) => `p50 ${one.p50.toFixed(1)}, p99 ${one.p99.toFixed(1)} ms`
  return {
    id: 'audit',
    what: "audit's added latency, alone",
    value: ms(alone),
    notes: [
      `one request at a time: the write ${ms(alone)} of the request's ${ms(alone.request)}`,
      `${bench.options.connections} at a time: the write ${ms(busy)} of the request's ${ms(busy.request)}, ${busy.perBatch.toFixed(1)} entries a commit; a request may wait for the batch before its own, too`,
    ],
    data: { alone, busy },
  }
}

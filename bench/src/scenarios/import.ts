import { importBundle } from '../../../e2e/src/journey/import-to-screen.ts'
import { syntheticBundle } from '../../../e2e/src/synthetic.ts'
import { pidsOf, type Bench } from '../bench.ts'
import { spending } from '../cpu.ts'
import type { Result } from '../result.ts'
import { round, show, spreadOf } from '../stats.ts'

const RESOURCES = 3_000
const ROUNDS = 3

/** A bundle of 3,000 resources of one new patient, from POST to `completed`. */
export async function importing(bench: Bench): Promise<Result> {
  const stack = await bench.stack()
  const others = syntheticBundle(() => 'x', 0).resources.length
  const once = async (name: string) => {
    const bundle = syntheticBundle((what) => `${name} ${what}`, RESOURCES - others)
    const token = await bench.deskToken()
    const began = performance.now()
    const used = await spending(pidsOf(stack), stack.pidOf('postgres'), () =>
      importBundle(stack.portal, token, bundle.text, 'bench'),
    )
    const seconds = (performance.now() - began) / 1000
    if (used.result.state !== 'completed') throw new Error(`the import ended as ${used.result.state}`)
    return { ...used, seconds, bytes: bundle.text.length }
  }
  bench.say('import: warming up')
  await once('warm')
  const rounds: Awaited<ReturnType<typeof once>>[] = []
  for (let n = 1; n <= ROUNDS; n++) {
    bench.say(`import: round ${n} of ${ROUNDS}`)
    rounds.push(await once(`round${n}`))
  }
  const per = (pick: (one: (typeof rounds)[number]) => number) => spreadOf(rounds.map((one) => pick(one) / RESOURCES))
  const rate = spreadOf(rounds.map((one) => RESOURCES / one.seconds))
  const services = Object.keys(rounds[0]?.services ?? {})
  const data = {
    rate,
    oursMs: per((one) => one.ours),
    postgresMs: per((one) => one.postgres),
    servicesMs: Object.fromEntries(
      services.map((name) => [name, round(per((one) => one.services[name] ?? 0).median, 3)]),
    ),
    bytes: rounds[0]?.bytes,
  }
  const shares = Object.entries(data.servicesMs).map(([name, ms]) => `${name} ${ms.toFixed(3)}`)
  return {
    id: 'import',
    what: `import of ${RESOURCES} resources`,
    value: `${show(rate, 0)} resources/s`,
    notes: [
      `CPU per resource ${show(data.oursMs, 3)} ms of services (${shares.join(', ')}), Postgres ${show(data.postgresMs, 3)} ms; one bundle of ${round((data.bytes ?? 0) / 1e6, 1)} MB at a time`,
    ],
    data,
  }
}

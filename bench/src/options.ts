import { parseArgs } from 'node:util'

export const SCENARIOS = [
  'start',
  'memory',
  'profile',
  'observations',
  'slots',
  'booking',
  'surge',
  'invoices',
  'gateway',
  'floor',
  'audit',
  'import',
  'events',
] as const
export type Scenario = (typeof SCENARIOS)[number]

export interface Options {
  readonly only: readonly Scenario[]
  readonly json: string | null
  readonly rounds: number
  readonly requests: number
  readonly connections: number
  readonly cpuProfile: string | null
}

export const USAGE = `npm run bench -- [options]
  --only LIST          some of ${SCENARIOS.join(',')}
  --json FILE          the numbers, too, for a program
  --rounds N           rounds of yardstick and subject (default 5)
  --requests N         requests a round (default 2000)
  --connections N      requests at a time (default 8)
  --cpu-profile DIR    CPU profiles of gateway, patients and records under load (instead of measuring reads)`

/** @throws Error that names the option and what it takes */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string' },
      json: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      requests: { type: 'string', default: '2000' },
      connections: { type: 'string', default: '8' },
      'cpu-profile': { type: 'string' },
    },
  })
  const count = (name: 'rounds' | 'requests' | 'connections', most: number): number => {
    const value = Number(values[name])
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new Error(`--${name} takes a number from 1 to ${most}`)
    return value
  }
  const wanted = values.only?.split(',') ?? [...SCENARIOS]
  const only = SCENARIOS.filter((name) => wanted.includes(name))
  const odd = wanted.find((name) => !(SCENARIOS as readonly string[]).includes(name))
  if (odd !== undefined) throw new Error(`--only takes ${SCENARIOS.join(', ')}; not "${odd}"`)
  return {
    only,
    json: values.json ?? null,
    rounds: count('rounds', 50),
    // The gateway lets 6,000 requests a minute pass from an address; each round comes from another.
    requests: count('requests', 5_000),
    connections: count('connections', 64),
    cpuProfile: values['cpu-profile'] ?? null,
  }
}

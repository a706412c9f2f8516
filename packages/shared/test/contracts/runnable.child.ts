import process from 'node:process'
import { z } from 'zod'
import { ConfigError, defineSlice } from '../../src/config/slice.ts'
import { processSlice } from '../../src/config/slices.ts'
import { KeyringError } from '../../src/crypto/failures.ts'
import { runMain, type Runnable } from '../../src/runtime/main.ts'
import { phase } from '../../src/runtime/phases.ts'

/** What the process is to do, besides what every process does. */
const ownSlice = defineSlice({
  SCENARIO: z
    .enum([
      'plain',
      'stuck',
      'broken',
      'start-fails',
      'start-locked',
      'start-refuses',
      'start-hangs',
      'throws',
      'rejects',
    ])
    .default('plain')
    .describe('a scenario of the test'),
  API_SECRET: z.string().min(20).describe('at least 20 characters'),
})

type Config = { readonly SCENARIO: string }

const PHI = 'row of Ingrid'
const never = () => new Promise<void>(() => undefined)
const fail = () => Promise.reject(new RangeError(PHI))

const middle: Record<string, () => unknown> = { stuck: never, broken: fail }

const runnable: Runnable<Config> = {
  name: 'child',
  slices: [processSlice, ownSlice],
  start: async ({ SCENARIO }) => {
    // Something that keeps the process alive, as its servers would.
    setInterval(() => undefined, 60_000)
    if (SCENARIO === 'start-fails') await fail()
    if (SCENARIO === 'start-locked') throw new KeyringError('Keyring keys.json is open to others')
    if (SCENARIO === 'start-refuses') throw new ConfigError(['BROKERS is missing: needed here'])
    if (SCENARIO === 'start-hangs') {
      process.stdout.write('{"msg":"hanging"}\n')
      await never()
    }
    if (SCENARIO === 'throws') setImmediate(() => void JSON.parse(PHI))
    if (SCENARIO === 'rejects') setImmediate(() => void fail())
    return {
      httpPort: 8080,
      opsPort: 9090,
      phases: [
        phase('unready', 1_000, () => undefined),
        phase('consumers', 60_000, middle[SCENARIO] ?? (() => undefined)),
        phase('pools', 1_000, () => undefined),
      ],
    }
  },
}

await runMain(runnable, process)

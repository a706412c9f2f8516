import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { activate, importBundle, logIn, type Login } from '../../e2e/src/journey/import-to-screen.ts'
import { startStack, type Stack } from '../../e2e/src/stack.ts'
import { syntheticBundle } from '../../e2e/src/synthetic.ts'
import type { Options } from './options.ts'
import { startYardstick, type Yardstick } from './yardstick.ts'

export const SERVICES = ['gateway', 'identity', 'patients', 'records', 'interop', 'appointments', 'billing'] as const

/** What the scenarios share: one stack, one yardstick, patients with a log-in. Each is made at its first use. */
export interface Bench {
  readonly options: Options
  readonly dataDir: string
  say(line: string): void
  stack(): Promise<Stack>
  yardstick(): Promise<Yardstick>
  /** A fresh token of the demo patient. */
  demoToken(): Promise<string>
  /** A fresh token of a patient with 200 imported observations. */
  richToken(): Promise<string>
  deskToken(): Promise<string>
  /** Ends the stack and keeps its data; the next `stack()` starts it again. */
  stopStack(): Promise<void>
  close(): Promise<void>
}

const OBSERVATIONS = 200

export function createBench(options: Options, say: (line: string) => void): Bench {
  const dataDir = mkdtempSync(join(tmpdir(), 'wellgate-bench-'))
  let stack: Promise<Stack> | undefined
  let yardstick: Promise<Yardstick> | undefined
  let rich: Promise<Login> | undefined

  const bench: Bench = {
    options,
    dataDir,
    say,
    stack: () => (stack ??= startStack({ dataDir })),
    yardstick: async () => (yardstick ??= bench.stack().then(() => startYardstick(dataDir))),
    async demoToken() {
      const { portal, demo } = await bench.stack()
      const [patient] = demo.patients
      if (!patient) throw new Error('the stack has no demo patient')
      return (await logIn(portal, patient)).accessToken
    },
    async deskToken() {
      const { portal, demo } = await bench.stack()
      const desk = demo.staff.find(({ role }) => role === 'front-desk')
      if (!desk) throw new Error('the stack has no demo front desk')
      return (await logIn(portal, desk)).accessToken
    },
    async richToken() {
      const { portal } = await bench.stack()
      rich ??= (async () => {
        const bundle = syntheticBundle((what) => `bench ${what}`, OBSERVATIONS)
        const token = await bench.deskToken()
        const { patientId } = await importBundle(portal, token, bundle.text, 'bench')
        return activate(portal, token, String(patientId), bundle.birthDate)
      })()
      return (await logIn(portal, await rich)).accessToken
    },
    async stopStack() {
      // One that never came up has nothing to stop, and its own error was told.
      await (await yardstick?.catch(() => undefined))?.stop()
      await (await stack?.catch(() => undefined))?.stop({ keep: true })
      yardstick = undefined
      stack = undefined
    },
    async close() {
      await bench.stopStack()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return bench
}

/** The stack's processes by service, for cpu.ts. */
export const pidsOf = (stack: Stack): Record<string, number> =>
  Object.fromEntries(SERVICES.map((service) => [service, stack.pidOf(service)]))

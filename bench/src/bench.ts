import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { activate, importBundle, logIn, type Login } from '../../e2e/src/journey/import-to-screen.ts'
import { removeStack, startStack, type Stack, until } from '../../e2e/src/stack.ts'
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
  adminToken(): Promise<string>
  /** A new patient with an account, imported by the front desk. */
  patient(observations: number): Promise<Login>
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
  let patients = 0

  const staffToken = async (role: string): Promise<string> => {
    const { portal, demo } = await bench.stack()
    const member = demo.staff.find((one) => one.role === role)
    if (!member) throw new Error(`the stack has no demo ${role}`)
    return (await logIn(portal, member)).accessToken
  }
  const bench: Bench = {
    options,
    dataDir,
    say,
    stack: () => (stack ??= startStack({ dataDir })),
    yardstick: async () =>
      (yardstick ??= bench.stack().then(({ pidOf }) => startYardstick(dataDir, () => pidOf('postgres')))),
    async demoToken() {
      const { portal, demo } = await bench.stack()
      const [patient] = demo.patients
      if (!patient) throw new Error('the stack has no demo patient')
      return (await logIn(portal, patient)).accessToken
    },
    deskToken: () => staffToken('front-desk'),
    adminToken: () => staffToken('admin'),
    async patient(observations) {
      const { portal } = await bench.stack()
      const name = `bench ${patients++}`
      const bundle = syntheticBundle((what) => `${name} ${what}`, observations)
      const token = await bench.deskToken()
      const { patientId, state } = await importBundle(portal, token, bundle.text, 'bench')
      if (state !== 'completed') throw new Error(`the import of a patient ended as ${state}`)
      // Identity hears of a patient by an event, which may come after the import is told to be complete.
      let login: Login | undefined
      await until(30_000, 'identity knows the patient', async () => {
        login = await activate(portal, token, String(patientId), bundle.birthDate).catch(() => undefined)
        return login !== undefined
      })
      if (!login) throw new Error('unreachable: there is a log-in')
      return login
    },
    async richToken() {
      const { portal } = await bench.stack()
      return (await logIn(portal, await (rich ??= bench.patient(OBSERVATIONS)))).accessToken
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
      removeStack(dataDir)
    },
  }
  return bench
}

/** The stack's processes by service, for cpu.ts. */
export const pidsOf = (stack: Stack): Record<string, number> =>
  Object.fromEntries(SERVICES.map((service) => [service, stack.pidOf(service)]))

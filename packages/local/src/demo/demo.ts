import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { DataDir } from '../data-dir.ts'
import { gatewayClient, must, type Call } from './api.ts'
import { prepareClinic, type DemoClinic } from './clinic.ts'
import { demoPatients, type DemoPatient } from './patients.ts'
import { prepareStaff, tokenOf, type DemoStaff } from './staff.ts'

/** What `demo.json` holds: for the tour, for tests, and for a person who forgot a password. */
export interface Demo {
  readonly gateway: string
  readonly staff: readonly DemoStaff[]
  readonly patients: readonly { id: string; email: string; password: string }[]
  /** Null without demo patients. */
  readonly clinic: DemoClinic | null
}

/** Makes staff and, unless told otherwise, patients with a record and a clinic that sees them: by the API, as a clinic would. The second time it only reads. */
export async function prepareDemo(options: {
  gateway: string
  dir: DataDir
  patients: boolean
  identityEnv: Readonly<Record<string, string>>
  say: (line: string) => void
}): Promise<Demo> {
  const { gateway, dir, say } = options
  const file = join(dir.path, 'demo.json')
  const known = readDemo(file)
  const wanted = options.patients ? demoPatients() : []
  const whole = known && known.patients.length >= wanted.length && (known.clinic || !options.patients)
  if (whole) return save(file, { ...known, gateway })

  const call = gatewayClient(gateway)
  say('making demo staff')
  const staff = await prepareStaff(call, dir, options.identityEnv)
  const patients: Demo['patients'][number][] = []
  const tokenFor = async (role: string): Promise<string> => {
    const member = staff.find((each) => each.role === role)
    const token = member ? await tokenOf(call, member) : null
    if (!token) throw new Error(`the demo ${role} cannot log in; see identity.log`)
    return token
  }
  if (wanted.length > 0) {
    say(`importing ${wanted.length} demo patients`)
    const token = await tokenFor('front-desk')
    for (const patient of wanted) patients.push(await preparePatient(call, token, patient, dir))
  }
  if (options.patients) say('opening the demo clinic')
  const clinic = options.patients ? await prepareClinic(call, await tokenFor('admin')) : null
  return save(file, { gateway, staff, patients, clinic })
}

async function preparePatient(call: Call, desk: string, patient: DemoPatient, dir: DataDir) {
  const { email, birthDate, chart } = patient
  const bundle = { token: desk, body: chart.bundle(), type: 'application/fhir+json' }
  const { id } = await must(call('POST', '/v1/admin/imports?source=demo', bundle), 'importing a demo patient', 202)
  const patientId = await importedPatient(call, desk, String(id))
  const password = dir.password(`patient/${email}`)
  if ((await tokenOf(call, { email, password })) === null) {
    const codes = `/v1/admin/patients/${patientId}/activation-codes`
    const { code } = await must(call('POST', codes, { token: desk }), 'issuing an activation code', 201)
    const body = { code, birthDate, email, password }
    await must(call('POST', '/v1/accounts/activate', { body }), 'activating a demo patient', 201)
  }
  return { id: patientId, email, password }
}

const IMPORT_TIMEOUT_MS = 60_000

async function importedPatient(call: Call, token: string, importId: string): Promise<string> {
  const deadline = Date.now() + IMPORT_TIMEOUT_MS
  while (Date.now() < deadline) {
    const state = await must(call('GET', `/v1/admin/imports/${importId}`, { token }), 'reading an import', 200)
    if (state['state'] === 'completed') return String(state['patientId'])
    if (state['state'] === 'failed') break
    await after(50)
  }
  throw new Error('a demo import did not complete; see interop.log and records.log')
}

function readDemo(file: string): Demo | null {
  if (!existsSync(file)) return null
  // One that an earlier release wrote has no clinic.
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Omit<Demo, 'clinic'> & Partial<Demo>
  return { ...kept, clinic: kept.clinic ?? null }
}

/** Written beside and renamed: its presence says that the demo is whole. */
function save(file: string, demo: Demo): Demo {
  writeFileSync(`${file}.new`, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return demo
}

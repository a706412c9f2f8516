import { spawn } from 'node:child_process'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DataDir } from '../data-dir.ts'
import { must, type Call } from './api.ts'

export interface DemoStaff {
  readonly role: string
  readonly email: string
  readonly password: string
}

const ROLES = ['admin', 'front-desk', 'clinician', 'biller', 'auditor'] as const
const CREATE_ADMIN = fileURLToPath(new URL('../../../../services/identity/src/create-admin-main.ts', import.meta.url))
export const FACILITY = { name: 'Alder Street Clinic', timeZone: 'America/New_York' }

/** One member of staff for each role. What a cut-off first start has made already is kept. */
export async function prepareStaff(
  call: Call,
  dir: DataDir,
  identityEnv: Readonly<Record<string, string>>,
): Promise<DemoStaff[]> {
  const staff = ROLES.map((role) => ({
    role,
    email: `${role}@demo.wellgate.local`,
    password: dir.password(`staff/${role}`),
  }))
  const [admin, ...others] = staff
  if (!admin) return staff
  if ((await tokenOf(call, admin)) === null) await createAdmin(admin, identityEnv)
  const token = await tokenOf(call, admin)
  if (!token) throw new Error('the first admin cannot log in; see identity.log')
  const { items } = await must(call('GET', '/v1/admin/facilities', { token }), 'reading facilities', 200)
  const facilityId = (items as { id: string }[])[0]?.id
  for (const member of others) {
    const body = { email: member.email, password: member.password, roles: [{ role: member.role, facilityId }] }
    // 409: an earlier start made it.
    await must(call('POST', '/v1/admin/staff', { token, body }), `making the ${member.role}`, 201, 409)
  }
  return staff
}

const LOG_IN_TRIES = 40
const TRY_AGAIN_MS = 250

/** An access token, or null when the log-in is refused. Asks again while a service that has just started is too busy. */
export async function tokenOf(call: Call, login: { email: string; password: string }): Promise<string | null> {
  const logIn = () => call('POST', '/v1/sessions', { body: { email: login.email, password: login.password } })
  let answer = await logIn()
  for (let tries = 1; answer.status === 503 && tries < LOG_IN_TRIES; tries++) {
    await after(TRY_AGAIN_MS)
    answer = await logIn()
  }
  const { accessToken } = await must(Promise.resolve(answer), 'logging in to the demo', 201, 401)
  return typeof accessToken === 'string' ? accessToken : null
}

/** The documented command for the first admin of an installation, as an operator would run it. */
function createAdmin(admin: DemoStaff, identityEnv: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const parameters = ['--email', admin.email, '--facility', FACILITY.name, '--time-zone', FACILITY.timeZone]
    const child = spawn(process.execPath, [CREATE_ADMIN, ...parameters], {
      env: { PATH: process.env['PATH'], ...identityEnv },
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
    child.stdin.on('error', () => undefined)
    child.stdin.end(`${admin.password}\n`)
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`the first admin could not be made: ${complaint.trim()}`)),
    )
  })
}

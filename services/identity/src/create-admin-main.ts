import process from 'node:process'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { ConfigError, readConfig } from '@wellgate/shared/config/slice'
import { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import { Email, NewPassword } from '@wellgate/shared/contracts/identity/models'
import { DomainError } from '@wellgate/shared/errors/problem'
import { createLogger } from '@wellgate/shared/observability/logger'
import { createMetrics } from '@wellgate/shared/observability/metrics'
import { openPlatform } from '@wellgate/shared/runtime/platform'
import { identitySlices } from './config.ts'
import { createFirstAdmin, type FirstAdmin } from './create-admin.ts'

const USAGE =
  'npm run create-admin -- --email you@example.org [--facility "Main Clinic"] [--time-zone America/New_York]\n' +
  'The password comes from WELLGATE_ADMIN_PASSWORD or, without it, from standard input.'

/** The command for the first admin of an installation. Exits with 0 when it was made, else with 1 and the reason. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      email: { type: 'string' },
      facility: { type: 'string', default: 'Main Clinic' },
      'time-zone': { type: 'string', default: 'America/New_York' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return void process.stdout.write(`${USAGE}\n`)
  const config = readConfig(identitySlices, process.env, ['WELLGATE_ADMIN_PASSWORD'])
  const email = Email.safeParse(values.email)
  if (!email.success) throw new Error(`--email is missing or not an e-mail address.\n${USAGE}`)
  const password = NewPassword.safeParse(await readPassword())
  if (!password.success) throw new Error('The password must have 12 to 256 characters.')
  const facilityName = values.facility.trim()
  if (facilityName === '') throw new Error(`--facility is blank.\n${USAGE}`)
  const admin = {
    email: email.data,
    password: password.data,
    facilityName,
    timeZone: values['time-zone'],
  }
  await create(config, admin)
  process.stdout.write(`The admin account was made. Log in with POST ${identityRoutes[0].path}.\n`)
}

async function create(config: Parameters<typeof openPlatform>[1], admin: FirstAdmin): Promise<void> {
  const log = createLogger({ service: 'identity', level: 'error' })
  const platform = await openPlatform('identity', config, { log, metrics: createMetrics('identity') })
  try {
    await createFirstAdmin(platform, admin)
  } finally {
    await platform.close()
  }
}

/** The first line of standard input, where the environment does not hold the password. A terminal shows what is typed. */
async function readPassword(): Promise<string> {
  const given = process.env['WELLGATE_ADMIN_PASSWORD']
  if (given) return given
  if (process.stdin.isTTY) process.stderr.write('Password, then Enter and Ctrl-D (it is shown): ')
  const [line = ''] = (await text(process.stdin)).split(/\r?\n/)
  return line
}

try {
  await main()
} catch (error) {
  const lines = error instanceof ConfigError ? error.lines : [reasonOf(error)]
  for (const line of lines) process.stderr.write(`create-admin: ${line}\n`)
  process.exitCode = 1
}

function reasonOf(error: unknown): string {
  if (error instanceof DomainError) return error.title
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'))
    return `${error.message}\n${USAGE}`
  return error instanceof Error ? error.message : String(error)
}

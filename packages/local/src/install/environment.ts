import type { ServiceName } from '@wellgate/shared/contracts/services'
import { freePort } from '@wellgate/shared/testing/free-port'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DataDir } from '../data-dir.ts'
import type { Options } from '../options.ts'
import type { ProcessSpec } from '../supervise/supervisor.ts'
import type { Installation } from './install.ts'
import type { PassedOn } from './passed-on.ts'
import { DATABASE_SERVICES, entryOf } from './services.ts'

export interface ServiceProcess extends ProcessSpec {
  readonly name: ServiceName
  readonly url: string
  readonly opsUrl: string
}

const POOL_MAX = '8'
/** Its log and its place in the list of processes. */
const SANDBOX = 'payment-sandbox'
const SANDBOX_ENTRY = fileURLToPath(new URL('../payment-sandbox/main.ts', import.meta.url))

/** A stand-in for the payment processor: no money moves on a laptop. */
export async function describeSandbox(dir: DataDir, options: Options): Promise<ProcessSpec & { readonly url: string }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  return {
    name: SANDBOX,
    entry: SANDBOX_ENTRY,
    url,
    readyUrl: `${url}/health`,
    env: {
      PAYMENT_SANDBOX_PORT: String(port),
      PAYMENT_SANDBOX_API_KEY: dir.password(`${SANDBOX}/key`),
      PAYMENT_SANDBOX_WEBHOOK_SECRET: dir.password(`${SANDBOX}/webhooks`),
      PAYMENT_SANDBOX_WEBHOOK_URL: `http://127.0.0.1:${options.port}/v1/webhooks/payments`,
      PAYMENT_SANDBOX_STATE_FILE: join(dir.path, `${SANDBOX}.json`),
    },
  }
}

/** Every service with its environment, as a cluster would give it by a ConfigMap and a Secret. */
export async function describeProcesses(
  installation: Installation,
  dir: DataDir,
  options: Options,
  passed: PassedOn,
  sandbox: ProcessSpec & { readonly url: string },
): Promise<ServiceProcess[]> {
  const addresses = new Map<ServiceName, { port: number; ops: number }>()
  for (const service of DATABASE_SERVICES) addresses.set(service, { port: await freePort(), ops: await freePort() })
  addresses.set('gateway', { port: options.port, ops: await freePort() })
  const urlOf = (service: ServiceName): string => `http://127.0.0.1:${addresses.get(service)?.port}`

  const own: Partial<Record<ServiceName, Record<string, string>>> = {
    interop: { WELLGATE_IMPORT_BILLING: 'true' },
    billing: {
      WELLGATE_PAYMENT_URL: sandbox.url,
      WELLGATE_PAYMENT_KEY: sandbox.env['PAYMENT_SANDBOX_API_KEY'] ?? '',
      WELLGATE_PAYMENT_WEBHOOK_SECRET: sandbox.env['PAYMENT_SANDBOX_WEBHOOK_SECRET'] ?? '',
    },
  }

  return [...addresses].map(([name, { port, ops }]) => {
    const common = {
      WELLGATE_ENV: 'development',
      WELLGATE_DEPLOYMENT: dir.secrets.deployment,
      WELLGATE_HTTP_PORT: String(port),
      WELLGATE_OPS_PORT: String(ops),
      ...passed.everywhere,
    }
    const given =
      name === 'gateway'
        ? Object.fromEntries(
            DATABASE_SERVICES.map((service) => [
              `WELLGATE_UPSTREAM_${service.toUpperCase().replaceAll('-', '_')}`,
              urlOf(service),
            ]),
          )
        : {
            DATABASE_URL: installation.appUrl(name),
            WELLGATE_KEYRING_FILE: installation.keyrings[name] ?? '',
            WELLGATE_JWKS_URL: `${urlOf('identity')}/.well-known/jwks.json`,
            WELLGATE_TRANSPORT: options.transport,
            WELLGATE_POOL_MAX: POOL_MAX,
            WELLGATE_BEHIND_GATEWAY: 'true',
            ...(options.brokers ? { WELLGATE_KAFKA_BROKERS: options.brokers } : {}),
            ...own[name],
            ...passed.services,
          }
    const opsUrl = `http://127.0.0.1:${ops}`
    return {
      name,
      entry: entryOf(name),
      url: urlOf(name),
      opsUrl,
      readyUrl: `${opsUrl}/readyz`,
      env: { ...common, ...given },
    }
  })
}

/**
 * Writes each service's environment where `npm run parked`, `republish` and `create-admin` find it, and the superuser's
 * address for a person with a psql.
 */
export function keepEnvironments(processes: readonly ServiceProcess[], adminUrl: string, dir: DataDir): void {
  const folder = join(dir.path, 'env')
  mkdirSync(folder, { recursive: true })
  for (const { name, env } of processes) keep(join(folder, `${name}.env`), env)
  keep(join(dir.path, 'admin.env'), { ADMIN_DATABASE_URL: adminUrl })
}

function keep(file: string, env: Readonly<Record<string, string>>): void {
  const lines = Object.entries(env).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 })
}

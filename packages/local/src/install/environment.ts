import type { ServiceName } from '@wellgate/shared/contracts/services'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DataDir } from '../data-dir.ts'
import type { Options } from '../options.ts'
import { freePort } from '../ports.ts'
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

/** Every service with its environment, as a cluster would give it by a ConfigMap and a Secret. */
export async function describeProcesses(
  installation: Installation,
  dir: DataDir,
  options: Options,
  passed: PassedOn,
): Promise<ServiceProcess[]> {
  const addresses = new Map<ServiceName, { port: number; ops: number }>()
  for (const service of DATABASE_SERVICES) addresses.set(service, { port: await freePort(), ops: await freePort() })
  addresses.set('gateway', { port: options.port, ops: await freePort() })
  const urlOf = (service: ServiceName): string => `http://127.0.0.1:${addresses.get(service)?.port}`

  return [...addresses].map(([name, { port, ops }]) => {
    const common = {
      WELLGATE_ENV: 'development',
      WELLGATE_DEPLOYMENT: dir.secrets.deployment,
      WELLGATE_HTTP_PORT: String(port),
      WELLGATE_OPS_PORT: String(ops),
      ...passed.everywhere,
    }
    const own =
      name === 'gateway'
        ? Object.fromEntries(
            DATABASE_SERVICES.map((service) => [`WELLGATE_UPSTREAM_${service.toUpperCase()}`, urlOf(service)]),
          )
        : {
            DATABASE_URL: installation.appUrl(name),
            WELLGATE_KEYRING_FILE: installation.keyrings[name] ?? '',
            WELLGATE_JWKS_URL: `${urlOf('identity')}/.well-known/jwks.json`,
            WELLGATE_TRANSPORT: options.transport,
            WELLGATE_POOL_MAX: POOL_MAX,
            WELLGATE_BEHIND_GATEWAY: 'true',
            ...(options.brokers ? { WELLGATE_KAFKA_BROKERS: options.brokers } : {}),
            ...passed.services,
          }
    const opsUrl = `http://127.0.0.1:${ops}`
    return {
      name,
      entry: entryOf(name),
      url: urlOf(name),
      opsUrl,
      readyUrl: `${opsUrl}/readyz`,
      env: { ...common, ...own },
    }
  })
}

/** Writes each service's environment where `npm run parked`, `republish` and `create-admin` find it. */
export function keepEnvironments(processes: readonly ServiceProcess[], dir: DataDir): void {
  const folder = join(dir.path, 'env')
  mkdirSync(folder, { recursive: true })
  for (const { name, env } of processes) {
    const lines = Object.entries(env).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    writeFileSync(join(folder, `${name}.env`), `${lines.join('\n')}\n`, { mode: 0o600 })
  }
}

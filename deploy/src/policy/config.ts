import { ConfigError, readConfig, type Slice } from '@wellgate/shared/config/slice'
import { kafkaSettingsOf } from '@wellgate/shared/runtime/kafka-settings'
import { appOf, ofKind, sides, type KubeObject, type Workload } from '../render/objects.ts'
import type { Policy } from './policy.ts'

/** Variables that a deployment leaves at their defaults, and why. A new variable is set, or named here. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  WELLGATE_KAFKA_CA_FILE: 'plaintext on a laptop',
  WELLGATE_KAFKA_CERT_FILE: 'users have passwords, not certificates',
  WELLGATE_KAFKA_KEY_FILE: 'users have passwords, not certificates',
  WELLGATE_KAFKA_SASL_MECHANISM: 'plaintext on a laptop',
  WELLGATE_KAFKA_SASL_USERNAME: 'plaintext on a laptop',
  WELLGATE_KAFKA_SASL_PASSWORD: 'plaintext on a laptop',
  WELLGATE_TRUSTED_PROXIES: 'nobody stands in front on a laptop',
  WELLGATE_RATE_LIMIT: 'a good default',
  WELLGATE_RATE_LIMIT_LOG_IN: 'a good default',
  WELLGATE_TRACES_URL: 'off until an overlay names a collector',
  WELLGATE_TRACES_SAMPLE_RATIO: 'a good default',
  WELLGATE_PAYMENT_TIMEOUT_MS: 'a good default',
  WELLGATE_PAYMENT_DOUBT_SECONDS: 'a good default',
}

/** The slices of a service, as its own config.ts exports them. */
export async function slicesOf(service: string): Promise<readonly Slice[]> {
  const url = new URL(`../../../services/${service}/src/config.ts`, import.meta.url)
  const module = (await import(url.href)) as Record<string, unknown>
  const slices = module[`${service}Slices`]
  if (!Array.isArray(slices)) throw new Error(`services/${service}/src/config.ts exports no ${service}Slices`)
  return slices as Slice[]
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://user:password@host:5432/wellgate',
  DIRECT_DATABASE_URL: 'postgres://user:password@host:5432/wellgate',
  KEYS_DATABASE_URL: 'postgres://user:password@host:5432/wellgate',
}

/** The environment that Kubernetes would give a process, with words in place of secrets. */
export function environmentOf(objects: readonly KubeObject[], workload: Workload): Record<string, string> {
  const app = appOf(workload)
  const env: Record<string, string> = {}
  for (const { configMapRef } of app.envFrom ?? []) {
    const map = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === configMapRef?.name)
    Object.assign(env, map?.data)
  }
  for (const { name, value, valueFrom } of app.env ?? []) {
    const label = /^metadata\.labels\['(.+)'\]$/.exec(valueFrom?.fieldRef?.fieldPath ?? '')?.[1]
    if (value !== undefined) env[name] = value.replaceAll(/\$\((\w+)\)/g, (_, other: string) => env[other] ?? '')
    else if (label) env[name] = workload.labels[label] ?? ''
    else if (valueFrom?.secretKeyRef && !valueFrom.secretKeyRef.optional) env[name] = PLACEHOLDERS[name] ?? 'a-secret'
  }
  return env
}

/** Every process would accept its environment; nothing it knows is forgotten; maps hold what is known and no more. */
export function configPolicy(slices: ReadonlyMap<string, readonly Slice[]>): Policy {
  return (objects) =>
    sides(objects).flatMap((workload) => {
      const mine = slices.get(workload.service)
      if (!mine) return [`${workload.name}: there is no service ${workload.service}`]
      const env = environmentOf(objects, workload)
      const known = mine.flatMap((slice) => Object.keys(slice))
      const forgotten = known.filter((name) => !(name in env) && !(name in LEFT_OUT))
      return [
        ...problemsOf(mine, env).map((line) => `${workload.name}: ${line}`),
        ...forgotten.map((name) => `${workload.name}: nobody decides ${name}`),
      ]
    })
}

/** What `--check-config` would say, and what the Kafka settings say besides; files are the cluster's, so not opened. */
function problemsOf(slices: readonly Slice[], env: Record<string, string>): readonly string[] {
  try {
    const config = readConfig(slices, env) as { WELLGATE_TRANSPORT?: string } & Parameters<typeof kafkaSettingsOf>[0]
    if (config.WELLGATE_TRANSPORT === 'kafka') kafkaSettingsOf({ ...config, WELLGATE_KAFKA_CA_FILE: undefined })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.lines
    throw error
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '@wellgate/shared/config/slice'
import { SERVICES } from '@wellgate/shared/contracts/services'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { IDLE_MS } from '../../services/gateway/src/proxy/replicas.ts'
import { shutdownMs } from '../src/policy/pods.ts'
import { environmentOf, LEFT_OUT, slicesOf } from '../src/policy/config.ts'
import { sides } from '../src/render/objects.ts'
import { canRender, overlay } from './rendered.ts'

interface ComposeService {
  image: string
  environment?: Record<string, string>
  command?: string[]
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  mem_limit?: string
  stop_grace_period?: string
  healthcheck?: { test?: string[]; disable?: boolean }
  profiles?: string[]
  networks?: string[]
  ports?: string[]
  depends_on?: Record<string, { condition: string }>
}
interface Compose {
  services: Record<string, ComposeService>
  networks: Record<string, { internal?: boolean }>
}

/** Defaults in place of `${NAME:-default}`: what runs without an .env. */
const text = readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8').replaceAll(
  /\$\{\w+:-([^}]*)\}/g,
  '$1',
)
const compose = parse(text, { merge: true }) as Compose
const service = (name: string): ComposeService => {
  const found = compose.services[name]
  if (!found) throw new Error(`docker-compose.yml has no ${name}`)
  return found
}

describe('docker-compose.yml', () => {
  test.each(SERVICES)('%s takes its environment, and decides each variable', async (name) => {
    const slices = await slicesOf(name)
    const env = service(name).environment ?? {}
    expect(() => readConfig(slices, env)).not.toThrow()
    const forgotten = slices.flatMap((slice) => Object.keys(slice)).filter((key) => !(key in env) && !(key in LEFT_OUT))
    expect(forgotten).toEqual([])
  })

  test.runIf(canRender).each(SERVICES)('%s has the variables that it has on Kubernetes', (name) => {
    const side = sides(overlay('local')).find(({ service: one, component }) => one === name && component === 'http')
    if (!side) throw new Error(`deploy/k8s has no ${name}`)
    const { SERVICE_NAME: _, NODE_OPTIONS: __, ...env } = environmentOf(overlay('local'), side)
    expect(Object.keys(service(name).environment ?? {}).toSorted()).toEqual(Object.keys(env).toSorted())
  })

  test.each(Object.keys(compose.services))('%s is locked down and bounded', (name) => {
    const one = service(name)
    expect(one.read_only).toBe(true)
    expect(one.cap_drop).toEqual(['ALL'])
    expect(one.security_opt).toEqual(['no-new-privileges:true'])
    expect(one.mem_limit).toMatch(/^\d+[mg]$/)
    // By CMD: there may be no shell. Our own images bring theirs.
    if (!one.image.startsWith('wellgate/')) expect(one.healthcheck?.test?.[0]).toBe('CMD')
  })

  test.each(SERVICES)('%s drains for longer than idle connections are kept, and has the time to end', (name) => {
    const drain = Number(service(name).environment?.['WELLGATE_DRAIN_MS'])
    expect(drain).toBeGreaterThan(2 * IDLE_MS)
    const grace = Number(/^(\d+)s$/.exec(service(name).stop_grace_period ?? '')?.[1]) * 1_000
    expect(grace).toBeGreaterThan(drain + shutdownMs(name))
  })

  test('without a profile, the portal runs; who watches it is asked for', () => {
    const asked = Object.entries(compose.services).filter(([, { profiles }]) => profiles !== undefined)
    expect(asked.map(([name]) => name)).toEqual(expect.arrayContaining(['prometheus', 'alertmanager', 'grafana']))
    for (const name of SERVICES) expect(service(name).profiles).toBeUndefined()
  })

  test('migrations come before a service, and roles before migrations', () => {
    for (const name of SERVICES.filter((one) => one !== 'gateway')) {
      expect(service(name).depends_on?.[`${name}-migrate`]?.condition).toBe('service_completed_successfully')
      expect(service(`${name}-migrate`).depends_on?.['provision']?.condition).toBe('service_completed_successfully')
      expect(service(`${name}-migrate`).image).toBe(service(name).image)
    }
  })

  test('nothing but the gateway and what operators look at is reached from outside', () => {
    const open = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined)
    expect(open.map(([name]) => name).toSorted()).toEqual(['alertmanager', 'gateway', 'grafana', 'prometheus'])
    for (const [, { ports = [] }] of open) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    expect(compose.networks['back']?.internal).toBe(true)
  })
})

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject } from '../render/objects.ts'

/** Where the types of a group live on npm. */
const PACKAGES: Readonly<Record<string, string>> = {
  'keda.sh': '@kubernetes-models/keda',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'external-secrets.io': '@kubernetes-models/external-secrets',
  'cert-manager.io': '@kubernetes-models/cert-manager',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
}
/** No types of these on npm: their CRDs check them (crds.ts), those of the clouds are ours (clouds.yaml). */
const UNTYPED = ['kafka.strimzi.io', 'postgresql.cnpg.io', 'gateway.k8s.aws', 'alb.networking.azure.io']

const HERE = join(import.meta.dirname, '../..')

/**
 * Checks objects against the types of their kinds by the compiler: unknown fields, wrong types, missing ones.
 * @returns its complaints, each with the object's kind and name; empty when there are none
 */
export function typeErrors(objects: readonly KubeObject[], name: string): string[] {
  const seen = new Map<string, KubeObject>()
  for (const object of objects) seen.set(JSON.stringify(object), object)
  const blocks = [...seen.values()].flatMap((object, index) => {
    const [group = '', version = ''] = object.apiVersion.includes('/')
      ? object.apiVersion.split('/')
      : ['', object.apiVersion]
    if (UNTYPED.includes(group)) return []
    const home = PACKAGES[group] ?? 'kubernetes-models'
    const from = [home, ...(group ? [group] : []), version, object.kind].join('/')
    return [
      {
        object,
        source: `import type { I${object.kind} as T${index} } from '${from}'\nexport const o${index}: T${index} = ${JSON.stringify(object)}\n`,
      },
    ]
  })
  // Inside the workspace, or the compiler would not find the packages; `dist` is nobody's source.
  const folder = join(HERE, 'dist', 'types', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'objects.ts'), blocks.map(({ source }) => source).join(''))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../../../tsconfig.base.json',
      compilerOptions: { types: [], exactOptionalPropertyTypes: false },
      include: ['objects.ts'],
    }),
  )
  const { status, stdout } = spawnSync('tsc', ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' })
  if (status === 0) return []
  const lines = stdout.split('\n').filter((line) => line.includes('error TS'))
  return lines.map((line) => {
    const block = blocks[Math.floor((Number(/objects\.ts\((\d+),/.exec(line)?.[1] ?? 1) - 1) / 2)]
    return `${block?.object.kind}/${block?.object.metadata.name}: ${line.slice(line.indexOf('error '))}`
  })
}

import { spawnSync } from 'node:child_process'
import type { BundledPackage } from '../image/bundle.ts'
import { ROOT } from './lock.ts'

/** CycloneDX 1.5, as much as is read here. */
export interface Bom {
  readonly bomFormat: string
  readonly specVersion: string
  readonly metadata: { readonly component: object; readonly [more: string]: unknown }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[]
  readonly [more: string]: unknown
}

export interface Component {
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
  readonly licenses?: readonly { readonly license?: { readonly id?: string; readonly name?: string } }[]
}

/** Everything in the lockfile, as npm describes it, whatever is installed here. @throws Error with npm's own words */
export function lockedBom(): Bom {
  const { status, stdout, stderr } = spawnSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`npm sbom: ${stderr.trim()}`)
  return JSON.parse(stdout) as Bom
}

/**
 * The bill of one image: of all that is locked, the packages that its bundle holds. The image's base is its maker's
 * to describe.
 * @throws Error that names a package of the bundle that npm does not know
 */
export function bomOf(service: string, version: string, shipped: readonly BundledPackage[], locked: Bom): Bom {
  const wanted = new Set(shipped.map(refOf))
  const components = locked.components.filter((component) => wanted.has(refOf(component)))
  const known = new Set(components.map(refOf))
  const missing = [...wanted].filter((ref) => !known.has(ref))
  if (missing.length > 0) throw new Error(`${service}: not in npm's bill of the lockfile: ${missing.join(', ')}`)

  const refs = new Set(components.map((component) => component['bom-ref']))
  const image = `wellgate/${service}@${version}`
  return {
    ...locked,
    metadata: {
      ...locked.metadata,
      lifecycles: [{ phase: 'build' }],
      component: {
        'bom-ref': image,
        type: 'container',
        name: `wellgate/${service}`,
        version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components,
    dependencies: [
      { ref: image, dependsOn: [...refs] },
      ...locked.dependencies
        .filter(({ ref }) => refs.has(ref))
        .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) })),
    ],
  }
}

const refOf = ({ name, version }: { name: string; version: string }): string => `${name}@${version}`

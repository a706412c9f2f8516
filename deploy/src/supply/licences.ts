import { lockedPackages, type Lock } from './lock.ts'

/** Permissive: what we ship may be used, changed and sold on under Apache-2.0. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
  'Zlib',
])

export interface LicenceException {
  readonly name: string
  /** Decided for this version alone: the next may be licensed otherwise. */
  readonly version: string
  /** As the lockfile has it; undefined where the package says nothing. */
  readonly licence: string | undefined
  readonly decided: string
  readonly reason: string
}

export const EXCEPTIONS: readonly LicenceException[] = [
  {
    name: 'png-js',
    version: '2.0.0',
    licence: undefined,
    decided: '2026-11-29',
    reason: 'MIT by the LICENSE file inside the package; its package.json does not say so',
  },
  {
    name: '@visx/vendor',
    version: '4.0.0-alpha.0',
    licence: 'MIT and ISC',
    decided: '2026-11-29',
    reason: 'both are permissive; not spelt as SPDX wants it; of the Prisma command, no image has it',
  },
  {
    name: 'elkjs',
    version: '0.11.1',
    licence: 'EPL-2.0',
    decided: '2026-11-29',
    reason: 'of the Prisma command, run as it is while developing; no image has it',
  },
]

/**
 * Every package that is not for development alone has a permissive licence or an exception for its very version; an
 * exception that nothing needs is a problem, too. One line each.
 */
export function licenceProblems(lock: Lock, exceptions: readonly LicenceException[] = EXCEPTIONS): string[] {
  const asks = lockedPackages(lock).filter(({ entry }) => !entry.dev && !isPermissive(entry.license ?? ''))
  const fits = (one: LicenceException, { name, entry }: (typeof asks)[number]): boolean =>
    one.name === name && one.version === entry.version && one.licence === entry.license
  return [
    ...asks
      .filter((locked) => !exceptions.some((one) => fits(one, locked)))
      .map(({ name, entry }) => `${name} ${entry.version}: ${entry.license ?? 'no licence named'}`),
    ...exceptions
      .filter((one) => !asks.some((locked) => fits(one, locked)))
      .map(({ name, version }) => `the exception for ${name} ${version} is not needed`),
  ]
}

/** Of alternatives one is enough, of a list all count. An expression with both is for a person to read. */
export function isPermissive(licence: string): boolean {
  const bare = licence.replace(/^\((.*)\)$/, '$1')
  if (bare.includes(' OR ') && bare.includes(' AND ')) return false
  if (bare.includes(' OR ')) return bare.split(' OR ').some((one) => PERMISSIVE.has(one))
  return bare.split(' AND ').every((one) => PERMISSIVE.has(one))
}

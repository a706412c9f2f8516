import { isPackage, lockedPackages, type Lock, type Manifest } from './lock.ts'

/** A version or a range of versions; `*` for what lives in this repository. Never an address. */
const VERSION = /^([\^~]?\d+\.\d+\.\d+[\w.+-]*|\*)$/

/**
 * What could bring in other code than was reviewed: a package that no hash holds or that comes from elsewhere than the
 * registry, a script that runs at install without our word, a dependency by address. One line each; none is well.
 * Whether the versions fit each other is npm's own question: `npm ls --package-lock-only --all`.
 */
export function lockProblems(lock: Lock, manifests: Readonly<Record<string, Manifest>>): string[] {
  return [
    ...(lock.lockfileVersion === 3 ? [] : [`lockfile version ${lock.lockfileVersion}: expected 3`]),
    ...sources(lock),
    ...scripts(lock, manifests['']?.allowScripts ?? {}),
    ...addresses(manifests),
  ]
}

/**
 * The lockfile names no registry, so that each installs from their own mirror; the hash holds the content wherever it
 * comes from. A package that has an address all the same comes from git or a web server.
 */
function sources(lock: Lock): string[] {
  const links = Object.entries(lock.packages).filter(([, entry]) => entry.link)
  return [
    ...links.flatMap(([folder, { resolved }]) =>
      resolved && !isPackage(resolved) && resolved in lock.packages ? [] : [`${folder} links to ${resolved}`],
    ),
    ...lockedPackages(lock).flatMap(({ folder, entry }) => [
      ...(entry.resolved === undefined ? [] : [`${folder} comes from an address of its own`]),
      ...(/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? '') ? [] : [`${folder} has no SHA-512`]),
      ...(entry.inBundle ? [`${folder} is inside another package: no hash of its own holds it`] : []),
    ]),
  ]
}

/** Each install script is named in package.json's `allowScripts`, with yes or no; nothing else is. */
function scripts(lock: Lock, allowed: Readonly<Record<string, boolean>>): string[] {
  const packages = lockedPackages(lock)
  const run = new Set(packages.filter(({ entry }) => entry.hasInstallScript).map(({ name }) => name))
  return [
    ...[...run].filter((name) => !(name in allowed)).map((name) => `${name} has an install script nobody decided on`),
    ...Object.keys(allowed)
      .filter((name) => !run.has(name))
      .map((name) => `allowScripts names ${name}, which has no install script`),
  ]
}

function addresses(manifests: Readonly<Record<string, Manifest>>): string[] {
  return Object.entries(manifests).flatMap(([folder, manifest]) =>
    (['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'] as const).flatMap((kind) =>
      Object.entries(manifest[kind] ?? {})
        .filter(([, wanted]) => !VERSION.test(wanted))
        .map(([name, wanted]) => `${folder || 'package.json'}: ${name} is "${wanted}", expected a version`),
    ),
  )
}

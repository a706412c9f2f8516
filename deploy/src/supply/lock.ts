import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../../..')

/** What package.json and an entry of the lockfile have in common. */
interface Needs {
  readonly name?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** An entry of package-lock.json, version 3: as much as is checked. */
export interface LockEntry extends Needs {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly inBundle?: boolean
  readonly hasInstallScript?: boolean
}

export interface Lock {
  readonly lockfileVersion: number
  /** By folder; `""` is the project itself. */
  readonly packages: Readonly<Record<string, LockEntry>>
}

export interface Manifest extends Needs {
  readonly allowScripts?: Readonly<Record<string, boolean>>
  readonly overrides?: Readonly<Record<string, string>>
}

/** A package from the registry, where the lockfile puts it. */
export interface LockedPackage {
  readonly folder: string
  readonly name: string
  readonly entry: LockEntry
}

const read = (root: string, file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'))

export const readLock = (root = ROOT): Lock => read(root, 'package-lock.json') as Lock

/** Every package.json of ours, by folder as in the lockfile. */
export function readManifests(lock: Lock, root = ROOT): Record<string, Manifest> {
  const ours = Object.keys(lock.packages).filter((folder) => !isPackage(folder))
  return Object.fromEntries(ours.map((folder) => [folder, read(root, join(folder, 'package.json')) as Manifest]))
}

/** What comes from the registry: neither our own folders nor the links to them. */
export const lockedPackages = (lock: Lock): LockedPackage[] =>
  Object.entries(lock.packages)
    .filter(([folder, entry]) => isPackage(folder) && !entry.link)
    .map(([folder, entry]) => ({ folder, name: entry.name ?? nameOf(folder), entry }))

export const isPackage = (folder: string): boolean => /(^|\/)node_modules\//.test(folder)
const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)

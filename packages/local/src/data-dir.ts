import { removeDataDir } from '@wellgate/shared/testing/postgres-host'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { takeLock } from './lock.ts'
import { codeOf, unwritable, UserError } from './options.ts'

/** Passwords and ids of this installation, made once and kept 0600 in the data directory. */
export interface Secrets {
  readonly deployment: string
  readonly postgresPassword: string
  /** One password for each database role and demo account, by name. */
  readonly passwords: Record<string, string>
}

export interface DataDir {
  readonly path: string
  readonly postgres: string
  readonly keys: string
  readonly logs: string
  readonly secrets: Secrets
  /** The password kept under a name, made on first use. */
  password(name: string): string
  release(): void
}

/** An installation's own entries of a data directory: all that `--reset` deletes. */
const INSTALLATION = [
  'secrets.json',
  'postgres',
  'keys',
  'logs',
  'demo.json',
  'env',
  'admin.env',
  'pids.json',
  'compile-cache',
  'kafka',
  'payment-sandbox.json',
]
/** What our other commands keep in `.wellgate`. It outlives a reset: compose's log-ins belong to compose's database. */
const BESIDE = ['compose', 'sbom', 'test-report.json']

const isOurs = (name: string): boolean =>
  INSTALLATION.includes(name) || BESIDE.includes(name) || /^lock(\.\d+(\.old)?)?$/.test(name)

/**
 * Takes the data directory for this process alone; with `reset`, its installation is deleted first, under the same lock.
 * @throws UserError when another copy runs on it, it cannot be written, or it is a folder of somebody else's files
 */
export function openDataDir(path: string, { reset = false } = {}): DataDir {
  refuseForeign(path, reset)
  makeFolder(path)
  const release = takeLock(path)
  try {
    if (reset) deleteInstallation(path)
    return { ...openLocked(path), release }
  } catch (error) {
    release()
    throw error
  }
}

function openLocked(path: string): Omit<DataDir, 'release'> {
  for (const name of ['keys', 'logs']) makeFolder(join(path, name))
  const file = join(path, 'secrets.json')
  let secrets = readSecrets(file)
  const save = (next: Secrets): Secrets => {
    writeFileSync(file, JSON.stringify(next, null, 2), { mode: 0o600 })
    return next
  }
  secrets ??= save({ deployment: `local-${randomBytes(4).toString('hex')}`, postgresPassword: secret(), passwords: {} })
  const kept = secrets
  return {
    path,
    postgres: join(path, 'postgres'),
    keys: join(path, 'keys'),
    logs: join(path, 'logs'),
    secrets: kept,
    password(name) {
      const known = kept.passwords[name]
      if (known) return known
      const made = secret()
      kept.passwords[name] = made
      save(kept)
      return made
    },
  }
}

/** An installation goes on beside a stray file; a new one, or a reset, wants to know that the folder is meant. */
function refuseForeign(path: string, reset: boolean): void {
  const names = namesIn(path)
  const foreign = names.filter((name) => !isOurs(name))
  if (foreign.length === 0 || (!reset && names.includes('secrets.json'))) return
  const named = foreign.slice(0, 5).join(', ') + (foreign.length > 5 ? ` and ${foreign.length - 5} more` : '')
  throw new UserError(
    `${path} holds files that are not Wellgate's: move or delete these (${named}), or choose another folder with --data-dir`,
  )
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw unwritable(path, error)
  }
}

/** One folder at a time: where none can be made, as in /proc, Node's own `recursive` tries for ever. */
function makeFolder(path: string): void {
  try {
    if (isFolder(path)) return
    const above = dirname(path)
    if (above !== path) makeFolder(above)
    mkdirSync(path, { mode: 0o755 })
  } catch (error) {
    if (error instanceof UserError) throw error
    // Another process may have made it meanwhile.
    if (codeOf(error) !== 'EEXIST' || !isFolder(path)) throw unwritable(path, error)
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

function deleteInstallation(path: string): void {
  removeDataDir(join(path, 'postgres'))
  for (const name of INSTALLATION) rmSync(join(path, name), { recursive: true, force: true })
}

/** Which process is which, for a person (or a fault test) that wants to end one. */
export function writePids(dir: DataDir, pids: Readonly<Record<string, number>>): void {
  writeFileSync(join(dir.path, 'pids.json'), `${JSON.stringify(pids, null, 2)}\n`)
}

const secret = (): string => randomBytes(18).toString('base64url')

function readSecrets(file: string): Secrets | undefined {
  if (!existsSync(file)) return undefined
  const kept = parsed(file)
  if (isSecrets(kept)) return kept
  throw new UserError(
    `${file} cannot be read, and without it nothing in its folder can be: put it back, or delete all with --reset`,
  )
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function isSecrets(kept: unknown): kept is Secrets {
  if (typeof kept !== 'object' || kept === null) return false
  const { deployment, postgresPassword, passwords } = kept as Partial<Secrets>
  return typeof deployment === 'string' && typeof postgresPassword === 'string' && typeof passwords === 'object'
}

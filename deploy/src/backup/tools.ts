import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** Folders where Debian keeps the programs of each version. */
const DEBIAN = '/usr/lib/postgresql'

export interface PostgresTools {
  /**
   * Runs pg_dump or pg_restore, on a database where one is given, and answers with what it printed. The password is
   * passed by the environment: arguments are for all to see.
   * @throws Error with the program's own words
   */
  run(program: 'pg_dump' | 'pg_restore', args: readonly string[], url?: string): string
}

/**
 * pg_dump and pg_restore that are not older than the server, which would refuse them: from PG_BIN_DIR, the PATH, or
 * where Debian keeps them.
 * @throws Error that says which version is needed, and what was found
 */
export function findPostgresTools(serverMajor: number, pgBinDir = process.env['PG_BIN_DIR']): PostgresTools {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : []
  const folders = pgBinDir ? [pgBinDir] : ['', ...versions.map((version) => join(DEBIAN, version, 'bin'))]
  const found = folders.map((folder) => ({ folder, major: majorOf(join(folder, 'pg_dump')) }))
  const fit = found.find(({ major }) => major >= serverMajor)
  if (!fit) {
    const others = found.filter(({ major }) => major > 0).map(({ major }) => major)
    throw new Error(
      `needs pg_dump of Postgres ${serverMajor} or newer (found: ${others.join(', ') || 'none'}): ` +
        `install postgresql-client-${serverMajor}, or name the folder that holds it with PG_BIN_DIR`,
    )
  }
  return {
    run(program, args, url) {
      const { target, password } = withoutPassword(url)
      const { status, stdout, stderr, error } = spawnSync(join(fit.folder, program), [...target, ...args], {
        encoding: 'utf8',
        env: { ...process.env, PGPASSWORD: password, LC_ALL: 'C' },
        maxBuffer: 256 * 1024 * 1024,
      })
      if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`)
      return stdout
    },
  }
}

function withoutPassword(url: string | undefined): { target: string[]; password: string } {
  if (url === undefined) return { target: [], password: '' }
  const address = new URL(url)
  const password = decodeURIComponent(address.password)
  address.password = ''
  return { target: [`--dbname=${address.href}`], password }
}

function majorOf(program: string): number {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return status === 0 ? Number(stdout.match(/\) (\d+)/)?.[1] ?? 0) : 0
}

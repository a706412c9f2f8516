import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createTestDatabase, testAdminUrl, type TestDatabase } from '@wellgate/shared/testing/postgres'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { dumpDatabase } from '../src/backup/dump.ts'
import { filesOf } from '../src/backup/files.ts'
import { restoreDatabase } from '../src/backup/restore.ts'
import { findPostgresTools } from '../src/backup/tools.ts'

// What can be seen without pg_dump, which npm does not bring; `npm run drill` sees the rest.
const scratch = mkdtempSync(join(tmpdir(), 'wellgate-backup-'))
const dump = join(scratch, 'dump')
let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase({ services: [{ name: 'ward' }] })
  for (const file of Object.values(filesOf(dump))) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '')
  }
})

afterAll(async () => {
  await database.drop()
  rmSync(scratch, { recursive: true, force: true })
})

test('a database that holds tables is not restored into', async () => {
  await expect(restoreDatabase(database.adminUrl, dump)).rejects.toThrow(
    /^the database is not empty \(ward\._prisma_migrations and \d+ more tables\): restore into a new one$/,
  )
})

test('a folder without a dump, and one that has one', async () => {
  await expect(restoreDatabase(testAdminUrl(), join(scratch, 'none'))).rejects.toThrow(/^there is no .*data.wellgate/)
  await expect(dumpDatabase(database.adminUrl, dump)).rejects.toThrow(/is there: dump into another folder$/)
})

test('programs older than the server are not used, and it says what is needed', () => {
  const program = join(scratch, 'pg_dump')
  writeFileSync(program, '#!/bin/sh\necho "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"\n', { mode: 0o755 })
  expect(() => findPostgresTools(18, scratch)).toThrow(
    /^needs pg_dump of Postgres 18 or newer \(found: 15\): install postgresql-client-18, or .* PG_BIN_DIR$/,
  )
  expect(findPostgresTools(15, scratch)).toBeDefined()
})

test('what was not dumped whole has not the name of a dump, and the folder takes the next one', async () => {
  const programs = join(scratch, 'programs')
  const folder = join(scratch, 'cut off')
  mkdirSync(programs)
  vi.stubEnv('PG_BIN_DIR', programs)
  onTestFinished(() => void vi.unstubAllEnvs())
  /** One that writes to the file it is told, and fails for the keys, as where the disk is full. */
  const program = (ending: string) => `#!/bin/sh
    [ "$1" = --version ] && { echo "pg_dump (PostgreSQL) 99.1"; exit; }
    for arg; do case "$arg" in --file=*) file="\${arg#--file=}";; esac; done
    echo some > "$file"
    case "$file" in */keys/*) ${ending};; esac`
  const files = () => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\./.test(name))
  writeFileSync(join(programs, 'pg_dump'), program('echo full >&2; exit 1'), { mode: 0o755 })
  await expect(dumpDatabase(database.adminUrl, folder)).rejects.toThrow('pg_dump: full')
  expect(files()).toEqual([])
  writeFileSync(join(programs, 'pg_dump'), program('echo rest >> "$file"'), { mode: 0o755 })
  await dumpDatabase(database.adminUrl, folder)
  expect(files().toSorted()).toEqual(['data/wellgate.dump', 'keys/wellgate.dump'])
  expect(readFileSync(filesOf(folder).keys, 'utf8')).toBe('some\nrest\n')
})

import { spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/testing/embedded-postgres.ts'
import { removeDataDir } from '../src/testing/postgres-host.ts'

let folder: string
let dataDir: string
let servers: EmbeddedPostgres[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wellgate server '))
  chmodSync(folder, 0o755)
  dataDir = join(folder, 'postgres')
  servers = []
})
afterEach(async () => {
  for (const server of servers) await server.stop()
  removeDataDir(dataDir)
  rmSync(folder, { recursive: true })
})

async function start(options: { port?: number; dataDir?: string } = {}): Promise<EmbeddedPostgres> {
  const settings = { fsync: 'off', shared_buffers: '16MB', max_connections: '20' }
  const server = await startEmbeddedPostgres({ dataDir, password: 'p@ss/wörd', settings, ...options })
  servers.push(server)
  return server
}

async function ask(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: server.adminUrl })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('what was stored is there after a stop and a start; nothing runs in between', async () => {
  const first = await start()
  await ask(first, "create table kept as select 'Zoë' as name")
  await first.stop()
  await first.stop()
  await first.ended
  expect(isAlive(first.pid)).toBe(false)
  const second = await start()
  expect(await ask(second, 'select name from kept')).toEqual([{ name: 'Zoë' }])
  expect(readdirSync(folder)).toEqual(['postgres'])
})

test('it sorts UTF-8 text by code point on every system, listens on loopback only, and asks for the password', async () => {
  const server = await start()
  const sql =
    "select string_agg(x, '' order by x) as sorted, lower('ÄÖ') as lowered from unnest(array['b','ä','B','a']) x"
  expect(await ask(server, sql)).toEqual([{ sorted: 'Babä', lowered: 'äö' }])
  expect(await ask(server, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }])
  expect(await ask(server, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  expect(await ask(server, 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }])
  const wrong = new Client({ connectionString: Object.assign(new URL(server.adminUrl), { password: 'x' }).href })
  await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' })
})

test('killed, it ends and can be started again at once on the same port', async () => {
  const first = await start()
  await ask(first, 'create table kept ()')
  process.kill(first.pid, 'SIGKILL')
  await first.ended
  const second = await start({ port: first.port })
  expect(await ask(second, 'select from kept')).toEqual([])
})

test.each(['', ', where there is no ps'])(
  'a pid file whose number now belongs to another program does not block, and that goes on%s',
  async (where) => {
    const first = await start()
    await first.stop()
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'])
    onTestFinished(() => void other.kill('SIGKILL'))
    writeFileSync(
      join(realpathSync(dataDir), 'postmaster.pid'),
      `${other.pid}\n${dataDir}\n1\n5432\n\n127.0.0.1\n1 1\nready\n`,
    )
    if (where !== '') vi.stubEnv('PATH', folder)
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await ask(await start(), 'select 1 as one')).toEqual([{ one: 1 }])
    expect(other.exitCode ?? other.signalCode).toBeNull()
  },
)

test('a pid file whose number now belongs to the server of another data directory does not end that one', async () => {
  const other = await start()
  const first = await start({ dataDir: join(folder, 'copy') })
  await first.stop()
  // As in a copy that was made of the other's folder while it ran.
  copyFileSync(
    join(realpathSync(dataDir), 'postmaster.pid'),
    join(realpathSync(join(folder, 'copy')), 'postmaster.pid'),
  )
  expect(await ask(await start({ dataDir: join(folder, 'copy') }), 'select 1 as one')).toEqual([{ one: 1 }])
  expect(isAlive(other.pid)).toBe(true)
  expect(await ask(other, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('it ends with the process that started it, even when that is killed', async () => {
  const launcher = fileURLToPath(new URL('../src/testing/embedded-postgres.ts', import.meta.url))
  const program = `const { startEmbeddedPostgres } = await import(${JSON.stringify(launcher)})
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, password: 'x', settings: { fsync: 'off' } })
    console.log(server.pid)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = await new Promise<number>((resolve) => child.stdout.once('data', (line: Buffer) => resolve(Number(line))))
  expect(isAlive(pid)).toBe(true)
  child.kill('SIGKILL')
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 })
})

test('a port that is taken is told, with what the server says', async () => {
  const other = createServer()
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as AddressInfo).port))
  })
  await expect(start({ port })).rejects.toThrow(/could not bind.*Address already in use/s)
  other.close()
})

test('a first start that was cut off halfway is made anew', async () => {
  mkdirSync(`${dataDir}.new/data`, { recursive: true })
  writeFileSync(`${dataDir}.new/data/PG_VERSION`, '18')
  expect(await ask(await start(), 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a folder that holds something else is left alone', async () => {
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'thesis.txt'), 'years of work')
  await expect(start()).rejects.toThrow(/ENOTEMPTY|EEXIST/)
  expect(existsSync(join(dataDir, 'thesis.txt'))).toBe(true)
})

test.runIf(process.getuid?.() === 0)('root may keep it where no other user can look', async () => {
  chmodSync(folder, 0o700)
  const first = await start()
  const place = realpathSync(dataDir)
  // Not under a temporary directory, where systemd deletes what nobody has read for a month.
  expect(place).toMatch(/^\/var\/lib\/wellgate-postgres-\w+\/data$/)
  await ask(first, 'create table kept ()')
  await first.stop()
  const second = await start()
  expect(await ask(second, 'select from kept')).toEqual([])
  await second.stop()
  removeDataDir(dataDir)
  expect(existsSync(place)).toBe(false)
  expect(readdirSync(folder)).toEqual([])
})

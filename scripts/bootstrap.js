// Plain JavaScript without dependencies: brings a fresh clone to where the rest can run, then goes on with it.
// Runs on any Node >= 20; everything after it runs on the Node 24 that the lockfile pins.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const [command, ...args] = process.argv.slice(2)

const programs = {
  start: ['packages/local/src/main.ts'],
  test: ['scripts/test.js'],
  tour: ['e2e/src/tour/main.ts'],
  parked: ['scripts/parked.ts'],
  republish: ['scripts/republish.ts'],
  'create-admin': ['scripts/create-admin.ts'],
  'new-service': ['scripts/new-service.ts'],
  docs: ['scripts/generate-docs.ts'],
  'test:outage': ['e2e/src/outage/main.ts'],
  'test:rolling': ['e2e/src/rolling/main.ts'],
  bench: ['bench/src/main.ts'],
  backup: ['deploy/src/backup/backup-main.ts'],
  drill: ['e2e/src/drill/main.ts'],
  'test:watch': ['deploy/src/watch/watch-main.ts'],
  prepare: [],
}

function fail(message) {
  console.error(`wellgate: ${message}`)
  process.exit(1)
}

function run(file, parameters, options = {}) {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, ...options.env }
  return spawnSync(file, parameters, { cwd: root, stdio: options.quiet ? 'pipe' : 'inherit', env, encoding: 'utf8' })
}

function must(result, what) {
  if (result.error) fail(`${what}: ${result.error.message}`)
  if (result.status !== 0) fail(`${what} failed.${result.stderr ? `\n${result.stderr}` : ''}`)
}

/** npm writes its view of the tree last: older than the lockfile means that the install is missing, cut off or outdated. */
function installIfNeeded() {
  const marker = join(root, 'node_modules', '.wellgate-installed')
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock && existsSync(join(bin, 'node'))) return
  console.log('wellgate: installing packages (once, about a minute)…')
  must(run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']), 'npm ci')
  writeFileSync(marker, lock)
}

/** Prisma's client is generated from each service's schema, again whenever the schema changes. */
function generateIfNeeded() {
  for (const service of readdirSync(join(root, 'services'))) {
    const schema = join(root, 'services', service, 'prisma', 'schema.prisma')
    if (!existsSync(schema)) continue
    const out = join(root, 'services', service, 'src', 'generated')
    const stamp = join(out, '.schema-hash')
    const hash = createHash('sha256').update(readFileSync(schema)).digest('hex')
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) continue
    // Generation needs no engine; Prisma only insists that the file it would download exists.
    const env = {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    }
    must(run('prisma', ['generate', '--schema', schema], { env, quiet: true }), `prisma generate for ${service}`)
    mkdirSync(out, { recursive: true })
    writeFileSync(stamp, hash)
  }
}

const major = Number(process.versions.node.split('.')[0])
if (major < 20) fail(`needs Node 20 or newer to start (this is ${process.version}); see README.md`)
if (!command || !(command in programs)) fail(`knows ${Object.keys(programs).join(', ')}; not "${command ?? ''}"`)
if (!statSync(root).isDirectory()) fail('cannot read its own folder')

installIfNeeded()
generateIfNeeded()

const program = programs[command]
if (program.length > 0) {
  const { spawn } = await import('node:child_process')
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
  const child = spawn(join(bin, 'node'), [...program, ...args], { cwd: root, stdio: 'inherit', env })
  // The terminal sends Ctrl-C to the whole group: the child decides when it is done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { namesOf, whyNot } from './new-service/names.ts'
import { register } from './new-service/registries.ts'
import { renderTemplate } from './new-service/template.ts'

const ROOT = join(import.meta.dirname, '..')
const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name)

const USAGE = `npm run new-service -- <name>       a whole service of that name (lab-orders), known to all that must know of it`

const NEXT = (name: string): string => `
  services/${name} is a whole service: patients and clinicians keep notes. Make of it what it is to be.
  Begin with its contracts (packages/shared/src/contracts/${name}), then migration, repository, use case, routes, tests.
  The docs that are written by hand: README.md ("Find your way"), docs/architecture.md (the table of services).
  Check it: npm test -- --project ${name}; everything: npm test
`

/** Writes a new service and everything that must know of it. What is refused changes nothing. */
function newService(name: string | undefined): number {
  const taken = new Set(readdirSync(join(ROOT, 'services')))
  const reason = whyNot(name, taken)
  if (reason !== null || name === undefined) {
    process.stderr.write(`wellgate: ${reason}\n`)
    return 64
  }
  const names = namesOf(name)
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '')
  // All of it is made before any of it is written.
  const created = renderTemplate(names, day)
  const edited = register(names, (path) => readFileSync(join(ROOT, path), 'utf8'))
  const there = [...created.keys()].find((path) => existsSync(join(ROOT, path)))
  if (there !== undefined) {
    process.stderr.write(`wellgate: ${there} is there already: "${name}" has left something behind\n`)
    return 64
  }
  for (const [path, text] of [...created, ...edited]) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), text)
  }
  const sources = [...created.keys(), ...edited.keys()].filter((path) => path.endsWith('.ts'))
  const done = run(bin('oxfmt'), sources) && run(process.execPath, ['scripts/generate-docs.ts'])
  for (const path of created.keys()) process.stdout.write(`  new     ${path}\n`)
  for (const path of edited.keys()) process.stdout.write(`  edited  ${path}\n`)
  process.stdout.write(NEXT(name))
  return done ? 0 : 1
}

function run(file: string, args: readonly string[]): boolean {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) process.stderr.write(`${stdout}${stderr}`)
  return status === 0
}

try {
  const [name, ...more] = process.argv.slice(2)
  if (name === '--help' || name === '-h') process.stdout.write(`${USAGE}\n`)
  else {
    if (more.length > 0) throw new Error('one name at a time')
    process.exitCode = newService(name)
  }
} catch (error) {
  process.stderr.write(`wellgate: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

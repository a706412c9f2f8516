import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyProject } from '../src/copy-of-project.ts'

const EDITED = ['packages/shared', 'packages/local', 'services/gateway', 'scripts', 'e2e']

let copy: ReturnType<typeof copyProject>
beforeAll(() => {
  copy = copyProject()
})
afterAll(() => copy?.remove())

/** Runs a program in the copy, with its packages, as a person would who knows nothing of this test. */
function run(file: string, ...args: string[]): { code: number | null; output: string } {
  const bin = join(copy.root, 'node_modules', '.bin')
  const ours = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|NODE_OPTIONS|TEST$)/.test(name))
  const env = { ...Object.fromEntries(ours), PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' }
  const result = spawnSync(file, args, { cwd: copy.root, encoding: 'utf8', env, timeout: 240_000, maxBuffer: 1e8 })
  return { code: result.status, output: result.stdout + result.stderr }
}
const newService = (...args: string[]) => run(process.execPath, 'scripts/new-service.ts', ...args)

const WATCHED = ['packages/shared/src/contracts/services.ts', 'vitest.config.ts', 'package-lock.json']
const state = () => WATCHED.map((path) => readFileSync(join(copy.root, path), 'utf8'))

describe('npm run new-service', () => {
  it.each([
    [[], /say what to call it/],
    [['Lab'], /not kebab-case/],
    [['lab_orders'], /not kebab-case/],
    [['lab--orders'], /not kebab-case/],
    [['2nd-opinion'], /not kebab-case/],
    [['../escape'], /not kebab-case/],
    [['patients'], /a service "patients" already/],
    [['shared'], /platform's own word/],
    [['a'.repeat(41)], /longer than 40/],
    [['demo', 'another'], /one name at a time/],
  ])('refuses %j in one line, and changes nothing', (args, message) => {
    const before = state()
    const { code, output } = newService(...args)
    expect(code).not.toBe(0)
    expect(output).toMatch(message)
    expect(output.trim().split('\n')).toHaveLength(1)
    expect(state()).toEqual(before)
  })

  // The second has two words: names become identifiers of TypeScript, SQL and the environment.
  const NAMES = ['demo', 'lab-orders']
  const files = new Set<string>()

  it.each(NAMES)('makes %s, and says what it did', (name) => {
    const { code, output } = newService(name)
    expect(code, output).toBe(0)
    const named = [...output.matchAll(/^ {2}(?:new|edited) +(\S+)$/gm)].map((match) => match[1] ?? '')
    expect(named).toContain(`services/${name}/src/service.ts`)
    expect(named).toContain('packages/shared/src/contracts/services.ts')
    expect(named.filter((path) => !existsSync(join(copy.root, path)))).toEqual([])
    for (const path of named) files.add(path)
  })

  it.each(NAMES)('says the second time that %s is there', (name) => {
    const before = state()
    const { code, output } = newService(name)
    expect(code).toBe(64)
    expect(output).toBe(`wellgate: there is a service "${name}" already: see services/${name}\n`)
    expect(state()).toEqual(before)
  })

  it('writes what is formatted and has nothing that lint minds', () => {
    const sources = [...files].filter((path) => path.endsWith('.ts'))
    expect(run('oxfmt', '--check', ...sources)).toMatchObject({ code: 0 })
    const lint = run('oxlint', '--type-aware', '--deny-warnings', ...sources)
    expect(lint.code, lint.output).toBe(0)
  })

  it.each([...NAMES.map((name) => `services/${name}`), ...EDITED])('types hold in %s', (workspace) => {
    const types = run('tsc', '-p', workspace)
    expect(types.code, types.output).toBe(0)
  })

  it('has a lockfile that npm ci takes', () => {
    const ci = run('npm', 'ci', '--dry-run', '--ignore-scripts', '--offline', '--no-audit', '--no-fund')
    expect(ci.code, ci.output).toBe(0)
  })

  it('has a row of the access table for each route', () => {
    const rows = readFileSync(join(copy.root, 'e2e/test/access-table.ts'), 'utf8')
    for (const name of NAMES) expect(rows.match(new RegExp(`\\n  '${name}\\.[a-z-]+': CHART,`, 'g'))).toHaveLength(2)
  })

  it.each([
    ['the architecture, and the generated docs', ['--project', 'e2e', 'e2e/test/architecture.test.ts']],
    ['the examples of contracts', ['--project', 'shared', 'packages/shared/test/contracts']],
    ['their own', NAMES.flatMap((name) => ['--project', name])],
  ])('passes the tests of: %s', (_, args) => {
    const tests = run('vitest', 'run', ...args)
    expect(tests.code, tests.output).toBe(0)
  })
}, 300_000)

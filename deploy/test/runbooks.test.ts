import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { sides } from '../src/render/objects.ts'
import { canRender, overlay, SKIP_NOTE } from './rendered.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = join(ROOT, 'docs/runbooks')
const runbooks = readdirSync(FOLDER)
  .filter((file) => file !== 'README.md')
  .map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')] as const)

/** Everything that a service may write into its log, and where. */
const sources = ['packages/shared/src', 'services'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/generated|node_modules|\.test\.ts$/.test(path))
    .map((path) => readFileSync(join(ROOT, folder, path), 'utf8')),
)

describe('runbooks', () => {
  test('look for words that services log', () => {
    const words = runbooks.flatMap(([file, text]) =>
      [...text.matchAll(/grep (?:-\w+ )*'([^'"\\[]+)'/g)].flatMap(([, pattern = '']) =>
        pattern.split('|').map((word) => `${file}: ${word}`),
      ),
    )
    expect(words.length).toBeGreaterThan(10)
    const unknown = words.filter((word) => {
      const said = word.slice(word.indexOf(': ') + 2)
      return !sources.some((text) => text.includes(said))
    })
    expect(unknown).toEqual([])
    expect(sources.some((text) => text.includes('words that nobody logs'))).toBe(false)
  })

  test.runIf(canRender)(`name what is deployed${SKIP_NOTE}`, () => {
    const objects = overlay('eks')
    const names = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`))
    const services = new Set(sides(objects).map(({ service }) => service))
    services.delete('gateway')
    const KINDS: Readonly<Record<string, string>> = {
      deploy: 'Deployment',
      hpa: 'HorizontalPodAutoscaler',
      scaledobject: 'ScaledObject',
      sa: 'ServiceAccount',
    }
    const wanted = runbooks.flatMap(([file, text]) =>
      [...text.matchAll(/\b(deploy\/|hpa |scaledobject |sa )((?:<service>|[a-z]+)(?:-[a-z]+)*)/g)].flatMap(
        ([, kind = '', name = '']) =>
          (name.includes('<service>') ? [...services] : ['']).map(
            (service) => [file, `${KINDS[kind.slice(0, -1)]}/${name.replace('<service>', service)}`] as const,
          ),
      ),
    )
    expect(wanted.length).toBeGreaterThan(50)
    expect(wanted.filter(([, name]) => !names.has(name))).toEqual([])
  })
})

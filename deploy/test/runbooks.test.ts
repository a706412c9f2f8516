import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { sides } from '../src/render/objects.ts'
import { canRender, overlay, SKIP_NOTE } from './rendered.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const NAME = 'app.kubernetes.io/name'
const COMPONENT = 'app.kubernetes.io/component'
const FOLDER = join(ROOT, 'docs/runbooks')
const runbooks = readdirSync(FOLDER)
  .filter((file) => file !== 'README.md')
  .map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')] as const)

/** What a service may write into its log. Of an error that is its name only. */
const said = ['packages/shared/src', 'services'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/generated|node_modules|\.test\.ts$/.test(path))
    .flatMap((path) => spoken(readFileSync(join(ROOT, folder, path), 'utf8'))),
)

/** The strings in calls of `log.warn(` and its like, and the names of errors. */
function spoken(source: string): string[] {
  const lines = [...source.matchAll(/\b(?:debug|info|warn|error)\(/g)].flatMap((call) => {
    const from = call.index + call[0].length
    let depth = 1
    let to = from
    for (; depth > 0 && to < source.length; to++) depth += { '(': 1, ')': -1 }[source[to] ?? ''] ?? 0
    return source.slice(from, to).match(/'[^'\n]*'|`[^`]*`/g) ?? []
  })
  return [...lines, ...(source.match(/(?<=this\.name = )'\w+'/g) ?? [])]
}

describe('runbooks', () => {
  test('look for words that services log', () => {
    const words = runbooks.flatMap(([file, text]) =>
      [...text.matchAll(/grep (?:-\w+ )*'([^'"\\[]+)'/g)].flatMap(([, pattern = '']) =>
        pattern.split('|').map((word) => `${file}: ${word}`),
      ),
    )
    expect(words.length).toBeGreaterThan(10)
    const isSaid = (word: string) => said.some((text) => text.includes(word))
    expect(words.filter((word) => !isSaid(word.slice(word.indexOf(': ') + 2)))).toEqual([])
    // Comments and help texts of metrics have these.
    expect(['did not answer', 'words that nobody logs'].filter(isSaid)).toEqual([])
  })

  test('read the logs of every pod, and all of them', () => {
    const commands = runbooks.flatMap(([file, text]) =>
      [...text.matchAll(/\bkubectl .*?\blogs .*/g)].map(([line]) => `${file}: ${line}`),
    )
    expect(commands.length).toBeGreaterThan(15)
    // `deploy/…` reads one pod of them; a label gives ten lines of each where nobody asks for more, pod
    // after pod: the last lines are not the newest before they are sorted.
    const one = / logs <pod> /
    const every =
      / logs -l app\.kubernetes\.io\/name=[a-z<>]+,app\.kubernetes\.io\/component=\w+ --prefix --timestamps --tail=-1 .*\| (?:sort -k2 \| tail|sort \| uniq) /
    expect(commands.filter((command) => !one.test(command) && !every.test(command))).toEqual([])
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
    const pods = new Set(sides(objects).map(({ labels }) => `${labels[NAME]} ${labels[COMPONENT]}`))
    const chosen = runbooks.flatMap(([file, text]) =>
      [...text.matchAll(/-l app\.kubernetes\.io\/name=([a-z<>]+),app\.kubernetes\.io\/component=(\w+)/g)].flatMap(
        ([, name = '', side = '']) =>
          (name === '<service>' ? [...services] : [name]).map((service) => [file, `${service} ${side}`] as const),
      ),
    )
    expect(chosen.length).toBeGreaterThan(50)
    expect(chosen.filter(([, pod]) => !pods.has(pod))).toEqual([])
  })
})

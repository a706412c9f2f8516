import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../src/supply/lock.ts'

const pages = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md', 'services/*/README.md', 'bench/*.md'], {
  cwd: ROOT,
  exclude: (name) => name.includes('node_modules'),
}).map((page) => ({ page, text: readFileSync(join(ROOT, page), 'utf8') }))

test('every link from page to page leads somewhere', () => {
  expect(pages.length).toBeGreaterThan(30)
  const dead = pages.flatMap(({ page, text }) =>
    Array.from(text.matchAll(/\]\((?!\w+:)([^)#\s]+)/g), ([, to]) => join(dirname(page), to ?? ''))
      .filter((to) => !existsSync(join(ROOT, to)))
      .map((to) => `${page}: ${to}`),
  )
  expect(dead).toEqual([])
})

test('every npm command that a page names is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
  const unknown = pages.flatMap(({ page, text }) =>
    Array.from(text.matchAll(/npm run ([a-z][\w:-]*)/g), ([, name]) => name ?? '')
      .filter((name) => !(name in scripts))
      .map((name) => `${page}: npm run ${name}`),
  )
  expect(unknown).toEqual([])
})

test('who restores without topics is told of every service whose state others keep', () => {
  const restore = pages.find(({ page }) => page === 'docs/operations/backup.md')?.text ?? ''
  const publishing = globSync('services/*/src/service.ts', { cwd: ROOT })
    .filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('republisher'))
    .map((file) => file.split('/')[1] ?? '')
  expect(publishing.length).toBeGreaterThan(2)
  const told = Array.from(restore.matchAll(/-- ([a-z-]+)`/g), ([, service]) => service)
  expect(publishing.filter((service) => !told.includes(service))).toEqual([])
})

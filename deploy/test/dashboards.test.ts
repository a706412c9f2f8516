import { readdirSync, readFileSync } from 'node:fs'
import { SERVICES } from '@wellgate/shared/contracts/services'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { dashboards } from '../src/dashboards/all.ts'
import { problemsOf, type DashboardJson } from '../src/dashboards/check.ts'
import { generatedForWatching } from '../src/observability/generated.ts'
import { knownMetrics } from '../src/observability/known-metrics.ts'
import { dashboardMutations } from './dashboard-mutations.ts'

const ROOT = new URL('../../', import.meta.url)
const FOLDER = 'deploy/observability/grafana'
const known = await knownMetrics()
const copies = () => JSON.parse(JSON.stringify([...dashboards().values()])) as DashboardJson[]

describe('dashboards', () => {
  test.each(Object.entries(generatedForWatching()))('%s is what the code says (npm run docs)', (path, text) => {
    expect(readFileSync(new URL(path, ROOT), 'utf8')).toBe(text)
  })

  test('there is one for each service, and none that nobody makes', () => {
    const files = readdirSync(new URL(`${FOLDER}/dashboards`, ROOT))
    const names = ['overview', 'events', 'database', 'business', ...SERVICES]
    expect(files.toSorted()).toEqual(names.map((name) => `${name}.json`).toSorted())
  })

  test('Kubernetes has them all, each in a ConfigMap of its own', () => {
    const { configMapGenerator } = parse(readFileSync(new URL(`${FOLDER}/kustomization.yaml`, ROOT), 'utf8')) as {
      configMapGenerator: { name: string; files: string[] }[]
    }
    expect(configMapGenerator.flatMap(({ files }) => files).toSorted()).toEqual(
      readdirSync(new URL(`${FOLDER}/dashboards`, ROOT))
        .map((file) => `dashboards/${file}`)
        .toSorted(),
    )
  })

  test('have ids, units, words, links and queries that hold', () => {
    expect(problemsOf(copies(), known)).toEqual([])
  })

  test.each(dashboardMutations)('the check sees: %s', (words, mutate) => {
    const broken = copies()
    mutate(broken)
    expect(problemsOf(broken, known).join('\n')).toContain(words)
  })
})

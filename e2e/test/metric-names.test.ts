import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { metricSections } from '../../scripts/docs/metrics.ts'
import { sources } from './sources.ts'

const all = metricSections.flatMap(([, metrics]) => Object.values(metrics))

/** Base units and what else a name may end with: https://prometheus.io/docs/practices/naming/ */
const ENDINGS = /_(total|seconds|bytes|info|ok|open|depth|lag|events|connections|waiting|overdue|minor)$/

describe('metrics', () => {
  it('have a name each', () => {
    const names = all.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })

  it.each(all.map((metric) => [metric.name, metric] as const))('%s follows the conventions', (name, metric) => {
    expect(name).toMatch(/^(wellgate|http)(_[a-z]+)+$/)
    expect(name).toMatch(ENDINGS)
    expect(name.endsWith('_total')).toBe(metric.type === 'counter')
    if (metric.type === 'histogram') {
      expect(name).toMatch(/_seconds$/)
      expect(metric.buckets).toEqual(metric.buckets?.toSorted((a, b) => a - b))
    }
    expect(metric.help).toMatch(/^[A-Z][^]*\.$/)
    for (const [label, values] of Object.entries(metric.labels)) {
      expect(label).toMatch(/^[a-z][a-z_]*$/)
      // Prometheus's own; and with honor_labels, a label of ours would win.
      expect(['service', 'le', 'job', 'instance', 'quantile']).not.toContain(label)
      expect(values.length).toBeGreaterThan(0)
    }
  })

  it('are made from their definitions, and nowhere else', () => {
    const elsewhere = sources('packages', 'services').filter(
      ({ path, text }) =>
        !/\.test\.ts$|\/test\/|\/testing\/|observability\/metrics\.ts$/.test(path) &&
        /new (Counter|Gauge|Histogram|Summary)\(|from 'prom-client'/.test(text),
    )
    expect(elsewhere.map(({ path }) => path)).toEqual(['packages/shared/src/db/pool.ts'])
    expect(readFileSync('packages/shared/src/db/pool.ts', 'utf8')).toContain(
      "import type { Registry } from 'prom-client'",
    )
  })
})

import { defineMetrics } from '@wellgate/shared/observability/metric-definition'
import { counterOf, type Metrics } from '@wellgate/shared/observability/metrics'
import type { Counts, Outcome } from './imports/counts.ts'

/** What only interop measures. */
export const interopMetrics = defineMetrics({
  imports: {
    type: 'counter',
    name: 'wellgate_imports_total',
    help: 'Imports received, and how they ended. Received less the others is what is under way.',
    labels: { state: ['received', 'completed', 'failed'] },
  },
  resources: {
    type: 'counter',
    name: 'wellgate_import_resources_total',
    help: 'Resources of imports by what became of them.',
    labels: { outcome: ['created', 'unchanged', 'updated', 'set-aside'] },
  },
})

export interface ImportCounts {
  import(state: (typeof interopMetrics.imports.labels.state)[number]): void
  resources(counts: Counts): void
}

const NAMES: Readonly<Record<Outcome, (typeof interopMetrics.resources.labels.outcome)[number]>> = {
  created: 'created',
  unchanged: 'unchanged',
  updated: 'updated',
  setAside: 'set-aside',
}

/** The counters of interop, each value at 0 from the start, so that a first failure is an increase. */
export function createCounts(metrics: Metrics): ImportCounts {
  const imports = counterOf(metrics, interopMetrics.imports)
  const resources = counterOf(metrics, interopMetrics.resources)
  for (const state of interopMetrics.imports.labels.state) imports.inc({ state }, 0)
  for (const outcome of interopMetrics.resources.labels.outcome) resources.inc({ outcome }, 0)
  return {
    import: (state) => imports.inc({ state }),
    resources: (counts) => {
      for (const ofType of Object.values(counts)) {
        for (const [outcome, name] of Object.entries(NAMES))
          resources.inc({ outcome: name }, ofType[outcome as Outcome])
      }
    },
  }
}

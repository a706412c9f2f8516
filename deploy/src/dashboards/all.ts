import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { SERVICES } from '@wellgate/shared/contracts/services'
import { business } from './business.ts'
import { database } from './database.ts'
import { events } from './events.ts'
import { overview } from './overview.ts'
import { serviceDashboard } from './service.ts'

/** Every dashboard, by the path of its file. */
export const dashboards = (): ReadonlyMap<string, Dashboard> =>
  new Map(
    [overview, events, database, business, ...SERVICES.map(serviceDashboard)].map((dashboard) => [
      `deploy/observability/grafana/dashboards/${dashboard.uid?.replace('wellgate-', '')}.json`,
      dashboard,
    ]),
  )

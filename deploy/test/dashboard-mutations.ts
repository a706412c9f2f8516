import type { DashboardJson, PanelJson } from '../src/dashboards/check.ts'

const panel = (dashboards: readonly DashboardJson[]): PanelJson => {
  const found = dashboards.flatMap(({ panels = [] }) => panels).find(({ type }) => type === 'timeseries')
  if (!found) throw new Error('no panel')
  return found
}
const query = (dashboards: readonly DashboardJson[]) => {
  const found = panel(dashboards).targets?.[0]
  if (!found) throw new Error('no query')
  return found
}
const dashboard = (dashboards: readonly DashboardJson[]): DashboardJson => {
  if (!dashboards[0]) throw new Error('no dashboard')
  return dashboards[0]
}

// Each breaks one thing; the check must say so, in these words.
export const dashboardMutations: readonly [string, (dashboards: DashboardJson[]) => unknown][] = [
  ['two dashboards are called', (all) => (dashboard(all).uid = all[1]?.uid ?? '')],
  ['two dashboards have the title', (all) => (dashboard(all).title = all[1]?.title ?? '')],
  ['its uid is', (all) => (dashboard(all).uid = 'wellgate_1')],
  ['what it is for', (all) => delete dashboard(all).description],
  ['it shows nothing', (all) => (dashboard(all).panels = [])],
  ['two panels have the id', (all) => (panel(all).id = 1)],
  ['no title', (all) => delete panel(all).title],
  ['what it shows', (all) => (panel(all).description = 'a graph')],
  ['no unit', (all) => delete panel(all).fieldConfig?.defaults?.unit],
  ['a fixed place', (all) => (panel(all).datasource = { uid: 'prometheus' })],
  ['it asks nothing', (all) => (panel(all).targets = [])],
  ['two queries are called', (all) => panel(all).targets?.push({ ...query(all) })],
  ['nothing is at', (all) => (panel(all).links = [{ url: `${panel(all).links?.[0]?.url}x` }])],
  ['not PromQL', (all) => (query(all).expr += ')')],
  ['asks for no metric', (all) => (query(all).expr = 'vector(1)')],
  ['nobody measures', (all) => (query(all).expr = 'wellgate_outbox_deepness')],
  ['there is no variable', (all) => (query(all).expr = 'up{service="$servis"}')],
]

import { DatasourceVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard'
import { DATASOURCE } from './names.ts'
import type { PanelPart } from './panels.ts'

export interface Row {
  readonly title: string
  readonly panels: readonly PanelPart[]
}

export interface DashboardText {
  /** Its address in Grafana; never changes. Also the name of its file. */
  readonly uid: string
  readonly title: string
  readonly description: string
  /** For whom, in the folder's filter. */
  readonly tag: string
  /** How far back it looks at first. */
  readonly from: string
  readonly variables?: readonly Variable[]
  readonly rows: readonly Row[]
}

/** Lets one choose among the values that a label has. */
export interface Variable {
  readonly name: string
  readonly label: string
  /** `label_values(series, label)` of Grafana's Prometheus. */
  readonly query: string
}

/** The dashboard as Grafana reads it. Panels have ids in their order. */
export function dashboardOf(text: DashboardText): sdk.Dashboard {
  const builder = new sdk.DashboardBuilder(text.title)
    .uid(text.uid)
    .description(text.description)
    .tags(['wellgate', text.tag])
    .readonly()
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from: text.from, to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .link(
      new sdk.DashboardLinkBuilder('Wellgate')
        .type(sdk.DashboardLinkType.Dashboards)
        .tags(['wellgate'])
        .asDropdown(true)
        .keepTime(true),
    )
  for (const variable of text.variables ?? []) builder.withVariable(chooser(variable))
  let id = 0
  for (const row of text.rows) {
    builder.withRow(new sdk.RowBuilder(row.title).id((id += 1)))
    for (const panel of row.panels) builder.withPanel(panel((id += 1)))
  }
  return builder.build()
}

const chooser = ({ name, label, query }: Variable) =>
  new sdk.QueryVariableBuilder(name)
    .label(label)
    .query(query)
    .datasource(DATASOURCE)
    .refresh(sdk.VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' })

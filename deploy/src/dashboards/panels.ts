import { BigValueColorMode, LegendDisplayMode, TooltipDisplayMode } from '@grafana/grafana-foundation-sdk/common'
import * as common from '@grafana/grafana-foundation-sdk/common'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { DATASOURCE, RUNBOOKS } from './names.ts'

/** Grafana's names of units; a panel without one shows bare numbers that everybody reads in another way. */
export type Unit = 'short' | 's' | 'percentunit' | 'bytes' | 'reqps' | 'cps' | 'none'

/** A PromQL expression, and how its lines are called in Grafana's template language. */
export type Query = readonly [expr: string, legend: string]

export interface PanelText {
  readonly title: string
  /** What it shows, and what is normal. */
  readonly description: string
  readonly unit: Unit
  /** Of 24 columns; 8 by default, 4 for a number. */
  readonly width?: number
  /** The alert whose page says what to do. */
  readonly runbook?: string
  /** From where it is yellow, and red. */
  readonly limits?: readonly [warn: number, bad: number]
}

/** A panel that has everything but its id, which its dashboard gives. */
export type PanelPart = (id: number) => Builder<Panel>

const HEIGHT = 8

/** Lines over time. */
export const graph =
  (text: PanelText, ...queries: readonly Query[]): PanelPart =>
  (id) => {
    const legend = new common.VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).showLegend(true)
    const tooltip = new common.VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi)
    const panel = new TimeseriesBuilder().legend(legend).tooltip(tooltip).fillOpacity(10).min(0)
    if (text.limits)
      panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed))
    for (const [at, query] of queries.entries()) panel.withTarget(target(query, at).range())
    return dressed(panel, text, id, text.width ?? 8, HEIGHT)
  }

/** One number: the last value. */
export const stat =
  (text: PanelText, ...queries: readonly Query[]): PanelPart =>
  (id) => {
    const panel = new StatBuilder().colorMode(text.limits ? BigValueColorMode.Background : BigValueColorMode.None)
    panel.reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    for (const [at, query] of queries.entries()) panel.withTarget(target(query, at).instant())
    return dressed(panel, text, id, text.width ?? 4, HEIGHT / 2)
  }

/** A row for each series. */
export const table =
  (text: PanelText, ...queries: readonly Query[]): PanelPart =>
  (id) => {
    const panel = new TableBuilder()
    for (const [at, query] of queries.entries())
      panel.withTarget(target(query, at).instant().format(PromQueryFormat.Table))
    return dressed(panel, text, id, text.width ?? 12, HEIGHT)
  }

const target = ([expr, legend]: Query, at: number) =>
  new DataqueryBuilder()
    .refId(String.fromCharCode('A'.charCodeAt(0) + at))
    .expr(expr)
    .legendFormat(legend)
    .datasource(DATASOURCE)

type Dressable = TimeseriesBuilder | StatBuilder | TableBuilder

function dressed(panel: Dressable, text: PanelText, id: number, width: number, height: number): Builder<Panel> {
  const { limits, runbook } = text
  panel.id(id).title(text.title).description(text.description).unit(text.unit).datasource(DATASOURCE)
  panel.span(width).height(height)
  const steps = [
    { value: null, color: 'green' },
    ...(limits
      ? [
          { value: limits[0], color: 'yellow' },
          { value: limits[1], color: 'red' },
        ]
      : []),
  ]
  panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps))
  if (runbook)
    panel.links([
      new DashboardLinkBuilder(`Runbook: ${runbook}`)
        .type(DashboardLinkType.Link)
        .url(`${RUNBOOKS}/${runbook}.md`)
        .targetBlank(true),
    ])
  return panel
}

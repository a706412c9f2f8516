import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { createMetrics, gaugeOf, counterOf, histogramOf } from '@wellgate/shared/observability/metrics'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { metricSections } from '../../scripts/docs/metrics.ts'
import { knownMetrics } from '../src/observability/known-metrics.ts'
import { readPromql } from '../src/observability/promql.ts'
import { alerts, prometheusDir, recordings, tenfold } from '../src/observability/rules.ts'

const dir = fileURLToPath(prometheusDir)
const CASES = ['tests/alerts.test.yml', 'tests/days.test.yml']
const tool = (name: string, args: readonly string[], input?: string) =>
  spawnSync(name, args, { encoding: 'utf8', ...(input === undefined ? {} : { input }) })
const promtool = (...args: string[]) => tool('promtool', args)
const missing = (name: string, variable: string) =>
  tool(name, ['--version']).status !== 0 && process.env[variable] !== '1'
const skipped = missing('promtool', 'WELLGATE_REQUIRE_PROMTOOL')

interface Cases {
  readonly tests: { readonly name: string }[]
}
const casesOf = (file: string) => parse(readFileSync(join(dir, file), 'utf8')) as Cases
const pageOf = (alert: string) => readFileSync(new URL(`../../docs/runbooks/${alert}.md`, import.meta.url), 'utf8')

test('every alert has a severity, words and a runbook that exists, says the same and what to do', () => {
  expect(alerts().length).toBeGreaterThan(25)
  const index = pageOf('README')
  for (const { alert, expr, labels, annotations } of alerts()) {
    const { summary = '', description = '', runbook_url: url } = annotations
    expect(labels.severity, alert).toMatch(/^(page|ticket)$/)
    expect(summary, alert).toMatch(/\.$/)
    expect(description, alert).toMatch(/\{\{ \$(value|labels)[^]*\.$/)
    expect(url?.split('/blob/main/')[1], alert).toBe(`docs/runbooks/${alert}.md`)
    expect(existsSync(new URL(`../../docs/runbooks/${alert}.md`, import.meta.url)), alert).toBe(true)
    const text = pageOf(alert)
    expect(text, alert).toContain(`# ${alert}\n\n${summary}\n\nSeverity: ${labels.severity}.\n`)
    for (const part of ['Symptom', 'Is it real?', 'What users feel', 'Do this', 'Escalate'])
      expect(text, alert).toContain(`## ${part}\n`)
    expect(text, alert).toContain(`\n\`\`\`\n${expr}\n\`\`\`\n`)
    expect(index, alert).toContain(`| [${alert}](${alert}.md) | ${labels.severity} | ${summary} |`)
  }
})

test('an alert of the error budget says how much of it is at stake', () => {
  const budget = alerts().filter(({ expr }) => expr.includes('slo_errors'))
  expect(budget.length).toBe(2)
  for (const { alert, annotations } of budget)
    expect(`${annotations.summary} ${annotations.description}`, alert).toMatch(
      /\d+ %.*\{\{ \$value \| humanizePercentage/,
    )
})

test('rules are PromQL, and every series that they ask for exists', async () => {
  const known = await knownMetrics()
  for (const { expr } of [...alerts(), ...recordings()]) {
    const read = readPromql(expr)
    expect(read.valid, expr).toBe(true)
    expect(
      read.metrics.filter((name) => !known.has(name)),
      expr,
    ).toEqual([])
  }
  expect(readPromql('sum(rate(wellgate_x_total[5m])').valid).toBe(false)
  expect(known.has('wellgate_x_total')).toBe(false)
})

test('the sides that rules tell apart are named where pods are scraped', () => {
  const sides = alerts().flatMap(({ expr }) => [...expr.matchAll(/side!?="(\w+)"/g)].map(([, side]) => side))
  expect(new Set(sides)).toEqual(new Set(['http', 'consumers']))
  const monitor = new URL('../k8s/components/monitoring/podmonitor.yaml', import.meta.url)
  const { spec } = parse(readFileSync(monitor, 'utf8')) as {
    spec: {
      selector: { matchExpressions: { values: string[] }[] }
      podMetricsEndpoints: { relabelings: { sourceLabels?: string[]; targetLabel: string }[] }[]
    }
  }
  expect(spec.selector.matchExpressions.flatMap(({ values }) => values)).toEqual(['http', 'consumers'])
  for (const { relabelings } of spec.podMetricsEndpoints)
    expect(relabelings).toContainEqual({
      sourceLabels: ['__meta_kubernetes_pod_label_app_kubernetes_io_component'],
      targetLabel: 'side',
    })
})

test('every alert has a firing and a quiet case', () => {
  const names = CASES.flatMap((file) => casesOf(file).tests.map(({ name }) => name))
  for (const { alert } of alerts()) {
    for (const end of ['fires', 'quiet'])
      expect(
        names.filter((name) => name === `${alert} ${end}` || name.startsWith(`${alert} ${end}: `)),
        `${alert} ${end}`,
      ).not.toEqual([])
  }
  const known = alerts().map(({ alert }) => alert)
  expect(names.filter((name) => !known.includes(name.split(' ')[0] ?? ''))).toEqual([])
})

test.skipIf(skipped)('promtool accepts the rules and their cases pass', { timeout: 300_000 }, () => {
  const files = ['recording.yml', 'alerts.yml'].map((file) => join(dir, file))
  const check = promtool('check', 'rules', '--lint=all', '--lint-fatal', ...files)
  expect(check.stderr + check.stdout, 'promtool: apt-get install prometheus').not.toMatch(/FAILED|ERROR|error/)
  expect(check.status).toBe(0)
  const run = promtool('test', 'rules', ...CASES.map((file) => join(dir, file)))
  expect(run.stderr + run.stdout).toContain('SUCCESS')
  expect(run.status).toBe(0)
})

/** Whether the alert's own cases pass with another expression in its place. Only what it asks for is recorded: that is quick. */
function passes(folder: string, alert: string, expr: string): boolean {
  cpSync(dir, folder, { recursive: true })
  const rule = { ...alerts().find((one) => one.alert === alert), expr }
  const recorded = recordings().filter(({ record }) => expr.includes(record))
  const groupOf = (rules: readonly object[]) => stringify({ groups: rules.length > 0 ? [{ name: 'one', rules }] : [] })
  writeFileSync(join(folder, 'recording.yml'), groupOf(recorded))
  writeFileSync(join(folder, 'alerts.yml'), groupOf([rule]))
  return CASES.every((file) => {
    const all = casesOf(file)
    const tests = all.tests.filter(({ name }) => name.startsWith(`${alert} `))
    if (tests.length === 0) return true
    writeFileSync(join(folder, file), stringify({ ...all, tests }))
    return promtool('test', 'rules', join(folder, file)).status === 0
  })
}

test.skipIf(skipped)('a threshold ten times as high turns a case of its alert red', { timeout: 600_000 }, () => {
  const copy = mkdtempSync(join(tmpdir(), 'wellgate-rules-'))
  try {
    const survivors = alerts().flatMap(({ alert, expr }) => {
      const mutants = tenfold(expr)
      expect(mutants.length, `${alert} has no threshold`).toBeGreaterThan(0)
      expect(passes(copy, alert, expr), `${alert} as it is`).toBe(true)
      return mutants.filter((mutant) => passes(copy, alert, mutant)).map((mutant) => `${alert}: ${mutant}`)
    })
    expect(survivors).toEqual([])
    // A few errors of few requests must wake nobody.
    const floorless = (expr: string) => expr.replaceAll(/ and wellgate:slo_errors:increase\w+ > 10/g, '')
    for (const { alert, expr } of alerts().filter((one) => one.alert.startsWith('ErrorBudget')))
      expect(passes(copy, alert, floorless(expr)), alert).toBe(false)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})

/** prom-client's own, whose names it keeps for the sake of who asks for them. */
const NODE_DEFAULTS = /^nodejs_active_(handles|requests|resources)_total /

test.skipIf(skipped)('promtool finds nothing to say of the names, units and help of metrics', async () => {
  const metrics = createMetrics('any', { process: true })
  for (const metric of metricSections.flatMap(([, all]) => Object.values(all))) {
    const labels = Object.fromEntries(Object.keys(metric.labels).map((label) => [label, 'x']))
    if (metric.type === 'counter') counterOf(metrics, { ...metric, type: 'counter' }).inc(labels, 1)
    if (metric.type === 'gauge') gaugeOf(metrics, { ...metric, type: 'gauge' }).set(labels, 1)
    if (metric.type === 'histogram') histogramOf(metrics, { ...metric, type: 'histogram' }).observe(labels, 1)
  }
  const said = tool('promtool', ['check', 'metrics'], await metrics.registry.metrics())
  const complaints = (said.stdout + said.stderr).split('\n').filter((line) => line !== '' && !NODE_DEFAULTS.test(line))
  expect(complaints).toEqual([])
})

const noAmtool = missing('amtool', 'WELLGATE_REQUIRE_AMTOOL')
const alertmanager = fileURLToPath(new URL('../observability/alertmanager/alertmanager.yml', import.meta.url))
const receiverOf = (config: string, labels: Readonly<Record<string, string>>) =>
  tool('amtool', [
    'config',
    'routes',
    'test',
    `--config.file=${config}`,
    ...Object.entries(labels).map(([label, value]) => `${label}=${value}`),
  ]).stdout.trim()

test.skipIf(noAmtool)('Alertmanager wakes whoever is on call for pages, and files the rest', () => {
  const check = tool('amtool', ['check-config', alertmanager])
  expect(check.status, `${check.stderr} amtool: apt-get install prometheus-alertmanager`).toBe(0)
  for (const { alert, labels } of alerts())
    expect(receiverOf(alertmanager, { alertname: alert, service: 'records', ...labels }), alert).toBe(
      labels.severity === 'page' ? 'on-call' : 'tickets',
    )
  expect(receiverOf(alertmanager, { alertname: 'SomebodyElses' })).toBe('tickets')
  const copy = mkdtempSync(join(tmpdir(), 'wellgate-routes-'))
  try {
    const mutant = join(copy, 'alertmanager.yml')
    writeFileSync(mutant, readFileSync(alertmanager, 'utf8').replace('severity="page"', 'severity="pager"'))
    expect(receiverOf(mutant, { alertname: 'ServiceDown', severity: 'page' })).toBe('tickets')
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})

test('Alertmanager silences by alerts that exist', () => {
  const { inhibit_rules: rules } = parse(readFileSync(alertmanager, 'utf8')) as {
    inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[]
  }
  const named = rules.flatMap(({ source_matchers: from, target_matchers: to }) =>
    [...from, ...to].flatMap((matcher) => /^alertname=~?"(.+)"$/.exec(matcher)?.[1]?.split('|') ?? []),
  )
  const known = alerts().map(({ alert }) => alert)
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((alert) => !known.includes(alert))).toEqual([])
})

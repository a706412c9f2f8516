import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { alerts, prometheusDir, tenfold } from '../src/observability/rules.ts'

const dir = fileURLToPath(prometheusDir)
const promtool = (...args: string[]) => spawnSync('promtool', args, { encoding: 'utf8' })
const there = promtool('--version').status === 0
const required = process.env['WELLGATE_REQUIRE_PROMTOOL'] === '1'
const skipped = !there && !required

test('every alert has a severity, a summary and a runbook that exists and says what to do', () => {
  expect(alerts().length).toBeGreaterThan(20)
  for (const { alert, labels, annotations } of alerts()) {
    expect(labels.severity, alert).toMatch(/^(page|ticket)$/)
    expect(annotations.summary, alert).toMatch(/\.$/)
    const page = annotations.runbook_url?.split('/blob/main/')[1] ?? ''
    const file = new URL(`../../${page}`, import.meta.url)
    expect(page !== '' && existsSync(file), alert).toBe(true)
    const text = readFileSync(file, 'utf8')
    for (const part of ['Symptom', 'Is it real?', 'What users feel', 'Do this', 'Escalate'])
      expect(text, alert).toContain(`## ${part}\n`)
  }
})

test('every metric of ours that a rule asks for exists', () => {
  const known = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const names = ['recording.yml', 'alerts.yml'].flatMap(
    (file) => readFileSync(join(dir, file), 'utf8').match(/\b(?<!:)(wellgate|http)_[a-z_]+(?!:)\b/g) ?? [],
  )
  expect(names.length).toBeGreaterThan(20)
  const unknown = names.filter((name) => !known.includes(`### ${name.replace(/_(bucket|sum|count)$/, '')}\n`))
  expect([...new Set(unknown)]).toEqual([])
})

test('every alert has a firing and a quiet case', () => {
  const { tests } = parse(readFileSync(join(dir, 'tests/alerts.test.yml'), 'utf8')) as { tests: { name: string }[] }
  expect(tests.map(({ name }) => name)).toEqual(alerts().flatMap(({ alert }) => [`${alert} fires`, `${alert} quiet`]))
})

test.skipIf(skipped)('promtool accepts the rules and their cases pass', () => {
  const check = promtool(
    'check',
    'rules',
    '--lint=all',
    '--lint-fatal',
    join(dir, 'recording.yml'),
    join(dir, 'alerts.yml'),
  )
  expect(check.stderr + check.stdout, 'promtool: apt-get install prometheus').not.toMatch(/FAILED|ERROR|error/)
  expect(check.status).toBe(0)
  const run = promtool('test', 'rules', join(dir, 'tests/alerts.test.yml'))
  expect(run.stderr + run.stdout).toContain('SUCCESS')
  expect(run.status).toBe(0)
})

test.skipIf(skipped)('a threshold ten times as high turns a case of its alert red', { timeout: 300_000 }, () => {
  const copy = mkdtempSync(join(tmpdir(), 'wellgate-rules-'))
  try {
    const cases = parse(readFileSync(join(dir, 'tests/alerts.test.yml'), 'utf8')) as { tests: { name: string }[] }
    const survivors = alerts().filter(({ alert, expr }) => {
      cpSync(dir, copy, { recursive: true })
      const mutant = tenfold(expr)
      expect(mutant, `${alert} has no threshold`).not.toBe(expr)
      const file = parse(readFileSync(join(copy, 'alerts.yml'), 'utf8')) as {
        groups: { rules: { alert: string; expr: string }[] }[]
      }
      for (const rule of file.groups[0]?.rules ?? []) if (rule.alert === alert) rule.expr = mutant
      writeFileSync(join(copy, 'alerts.yml'), stringify(file))
      const own = { ...cases, tests: cases.tests.filter(({ name }) => name.startsWith(`${alert} `)) }
      writeFileSync(join(copy, 'tests/alerts.test.yml'), stringify(own))
      return promtool('test', 'rules', join(copy, 'tests/alerts.test.yml')).status === 0
    })
    expect(survivors.map(({ alert }) => alert)).toEqual([])
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})

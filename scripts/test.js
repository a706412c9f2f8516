// What `npm test` and CI run, in order of speed: format, lint, types, then every test. Ends with one line of counts.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'

const only = process.argv.slice(2)
const report = '.wellgate/test-report.json'

function step(title, file, args) {
  const started = Date.now()
  console.log(`\n— ${title}`)
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' }
  const result = spawnSync(file, args, { stdio: 'inherit', env })
  console.log(`  ${title}: ${result.status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
  return result.status === 0
}

mkdirSync('.wellgate', { recursive: true })
rmSync(report, { force: true })

const checks =
  only.length > 0 ||
  [
    step('format (oxfmt)', 'oxfmt', ['--check', '.']),
    step('lint (oxlint, type-aware)', 'oxlint', ['--type-aware', '--deny-warnings']),
    step('types (tsc)', 'turbo', ['run', 'typecheck', '--output-logs=errors-only', '--log-order=grouped']),
    step('types of scripts (tsc)', 'tsc', ['-p', 'scripts']),
  ].every(Boolean)
const tests = step('tests (vitest)', 'vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile=${report}`,
  ...only,
])

let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }
try {
  counts = JSON.parse(readFileSync(report, 'utf8'))
} catch {
  console.error('  The test run ended without a report.')
}
console.log(`\n${checks && tests ? 'All checks passed.' : 'Something failed: see above.'}`)
console.log(
  `Tests: ${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped`,
)
process.exit(checks && tests && counts.numPassedTests > 0 ? 0 : 1)

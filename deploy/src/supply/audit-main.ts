import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { ALLOWED } from './allowed-advisories.ts'
import { auditProblems, expired, findingsOf, type AuditReport } from './audit.ts'
import { ROOT } from './lock.ts'

/**
 * `npm run audit`: asks the registry for advisories about what the lockfile holds. Ends with 0 when all is well, with 1
 * when something is to be mended, and with 2 when the registry could not be asked: then nothing is known.
 */
const CANNOT_ASK = 2
const say = (line: string): void => void process.stdout.write(`audit: ${line}\n`)

/** In place of a report: the registry's own words, or npm's. */
interface Refusal {
  readonly message?: string
  readonly error?: { readonly summary?: string }
}

function ask(): AuditReport | string {
  const impatient = ['--fetch-retries=0', '--fetch-timeout=20000']
  const { stdout, stderr } = spawnSync('npm', ['audit', '--json', '--package-lock-only', ...impatient], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 120_000,
  })
  try {
    const answer = JSON.parse(stdout) as Partial<AuditReport> & Refusal
    if (answer.vulnerabilities) return { vulnerabilities: answer.vulnerabilities }
    return answer.message?.split(' - ')[0] ?? answer.error?.summary ?? 'an answer that is no report'
  } catch {
    return stderr.trim().split('\n')[0] ?? 'no answer'
  }
}

const old = expired(ALLOWED, new Date().toISOString().slice(0, 10))
const answer = ask()
const findings = typeof answer === 'string' ? [] : findingsOf(answer)
const problems = typeof answer === 'string' ? old : [...old, ...auditProblems(findings, ALLOWED)]
for (const problem of problems) say(problem)
if (typeof answer === 'string') say(`could not ask the registry (${answer}): nothing is known of advisories`)
else say(`${findings.length} advisories, ${ALLOWED.length} of them allowed, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : typeof answer === 'string' ? CANNOT_ASK : 0

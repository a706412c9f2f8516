import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { ALLOWED } from '../src/supply/allowed-advisories.ts'
import { auditProblems, expired, findingsOf, type Finding } from '../src/supply/audit.ts'
import { ROOT } from '../src/supply/lock.ts'

const found: Finding = { id: 'GHSA-1', name: 'pg', severity: 'high', title: 'Words as commands' }
const entry = { id: 'GHSA-1', reason: 'we never call it', until: '2026-12-31' }

test('the allow-list is in date', () => {
  expect(expired(ALLOWED, new Date().toISOString().slice(0, 10))).toEqual([])
})

test('an entry counts to the end of its last day', () => {
  expect(expired([entry], '2026-12-31')).toEqual([])
  expect(expired([entry], '2027-01-01')).toEqual(['GHSA-1 was allowed until 2026-12-31 only (we never call it)'])
  expect(expired([{ ...entry, until: '' }], '2026-01-01')).toHaveLength(1)
})

test('what is high or critical and not allowed is a problem, and so is what is allowed for nothing', () => {
  expect(auditProblems([found], [])).toEqual(['GHSA-1 high: pg: Words as commands'])
  expect(auditProblems([{ ...found, severity: 'critical' }], [])).toHaveLength(1)
  expect(auditProblems([{ ...found, severity: 'moderate' }], [])).toEqual([])
  expect(auditProblems([found], [entry])).toEqual([])
  expect(auditProblems([], [entry])).toEqual(['GHSA-1 is allowed, and not there'])
})

test('an advisory is counted once, whoever depends on it', () => {
  const cause = { url: 'https://example.org/advisories/GHSA-1', severity: 'high', title: 'Words as commands' }
  expect(findingsOf({ vulnerabilities: { pg: { via: [cause] }, 'pg-pool': { via: ['pg'] } } })).toEqual([found])
})

/** A registry that knows of one advisory, or none, or does not answer such questions. */
async function auditAgainst(advisories: object | null): Promise<{ code: number | null; output: string }> {
  const server = createServer((request, response) => {
    request.resume()
    const asked = request.method === 'POST'
    // Of the package and of those that need it npm wants to know whether another version would do.
    const answer = asked ? advisories : { name: decodeURIComponent(request.url?.slice(1) ?? ''), versions: {} }
    response.writeHead(answer ? 200 : 405, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const child = spawn(process.execPath, [join(ROOT, 'deploy/src/supply/audit-main.ts')], {
    env: { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/` },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  server.close()
  return { code, output }
}

test.each([
  ['nothing', {}, 0, /audit: 0 advisories/],
  [
    'a new one',
    { pg: [{ id: 1, url: 'https://example.org/GHSA-1', title: 'Words', severity: 'high', vulnerable_versions: '*' }] },
    1,
    /audit: GHSA-1 high: pg: Words/,
  ],
  ['no answer', null, 2, /could not ask the registry \(405 .*\): nothing is known/],
])('the command, told of %s', { timeout: 120_000 }, async (_what, advisories, code, words) => {
  const answer = await auditAgainst(advisories)
  expect(answer.output).toMatch(words)
  expect(answer.code).toBe(code)
})

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { freePort } from '@wellgate/shared/testing/free-port'
import { type Stack, until } from '../../../e2e/src/stack.ts'
import { staffToken } from './load.ts'
import { questions, unanswered } from './panels.ts'
import { run } from './processes.ts'
import { namesOf, type Target, valueOf, type Watchers } from './watchers.ts'

const SERVICE = 'records'
const ALERT = 'ConsumerStopped'
const PATIENCE_MS = 120_000
const MAIN = join(import.meta.dirname, '../../..', `services/${SERVICE}/src/main.ts`)

/**
 * The process that consumes for the record service hangs, while another answers its requests: the lag grows where the
 * dashboard looks, the alert reaches the pager, what the runbook says clears it, and the alert ends.
 */
export async function stoppedConsumer(
  stack: Stack,
  watchers: Watchers,
  targets: readonly Target[],
  { folder, say }: { folder: string; say: (line: string) => void },
): Promise<void> {
  const ops = await freePort()
  const env = {
    ...(parseEnv(readFileSync(join(stack.dataDir, 'env', `${SERVICE}.env`), 'utf8')) as Record<string, string>),
    WELLGATE_HTTP_PORT: String(await freePort()),
    WELLGATE_OPS_PORT: String(ops),
  }
  const token = await staffToken(stack, 'front-desk')
  const requestSide = run('request-side', [process.execPath, MAIN, '--roles', 'http'], folder, env)
  try {
    watchers.scrape([...targets, { address: `127.0.0.1:${ops}`, service: SERVICE }])
    const up = `up{service="${SERVICE}", instance="127.0.0.1:${ops}"} == 1`
    await until(PATIENCE_MS, 'the request side is scraped', async () => (await watchers.query(up)).length > 0)

    const hanging = stack.pidOf(SERVICE)
    process.kill(hanging, 'SIGSTOP')
    const stoppedAt = Date.now()
    const before = watchers.notices.length
    let killed = false
    try {
      const lag = () => valueOf(watchers, `max(wellgate_consumer_lag{group="${SERVICE}", topic="patient"})`)
      const grows = async (above: number) => {
        for (let n = 0; n < 5; n++) await register(stack, token)
        await until(PATIENCE_MS, `the lag grows above ${above}`, async () => ((await lag()) ?? 0) > above)
        return (await lag()) ?? 0
      }
      const first = await grows(0)
      const second = await grows(first)
      say(`${SERVICE} consumes nothing: the lag on the dashboard grew to ${first}, then to ${second}`)

      const told = (status: 'firing' | 'resolved') =>
        watchers.notices
          .slice(before)
          .filter(({ receiver, labels }) => receiver === 'on-call' && labels['group'] === SERVICE)
          .find((notice) => notice.status === status && notice.labels['alertname'] === ALERT)
      await until(PATIENCE_MS, `${ALERT} reaches the pager`, () => told('firing') !== undefined)
      say(`the pager heard after ${seconds(stoppedAt)}: ${told('firing')?.annotations['description']}`)
      say(`  ${told('firing')?.annotations['runbook_url']}`)
      const fires = questions().filter(({ name }) => name === 'overview/What fires')
      await until(
        PATIENCE_MS,
        'the overview shows what fires',
        async () => (await unanswered(watchers, fires)).length === 0,
      )

      // As the runbook says for a laptop: a process that hangs is killed, and is started again.
      process.kill(hanging, 'SIGKILL')
      killed = true
      const clearedAt = Date.now()
      await until(PATIENCE_MS, 'the lag is gone', async () => (await lag()) === 0)
      await until(PATIENCE_MS, `${ALERT} is resolved`, () => told('resolved') !== undefined)
      say(`the runbook's steps cleared it: nothing waits, and the pager heard the end after ${seconds(clearedAt)}`)
      say(`  alerts of that time: ${namesOf(watchers.notices.slice(before))}`)
    } finally {
      if (!killed) process.kill(hanging, 'SIGCONT')
    }
  } finally {
    await requestSide.stop()
  }
}

const seconds = (since: number): string => `${Math.round((Date.now() - since) / 1_000)} s`

async function register({ portal }: Stack, token: string): Promise<void> {
  await portal.expect(201, 'POST', '/v1/admin/patients', {
    token,
    body: {
      name: { family: `Waiting-${randomUUID().slice(0, 8)}`, given: ['Ada'] },
      birthDate: '1960-02-03',
      gender: 'female',
    },
  })
}

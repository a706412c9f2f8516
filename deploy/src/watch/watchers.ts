import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { freePort } from '@wellgate/shared/testing/free-port'
import { parse, stringify } from 'yaml'
import { prometheusDir } from '../observability/rules.ts'
import { run, type Program } from './processes.ts'
import { shortened } from './shorten.ts'

/** A process to scrape, and the service it is of. */
export interface Target {
  readonly address: string
  readonly service: string
}

/** What the webhook was sent, as one of Alertmanager's receivers. */
export interface Notice {
  readonly receiver: string
  readonly status: 'firing' | 'resolved'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

/** A real Prometheus and a real Alertmanager with the committed rules and routes, made quick. */
export interface Watchers {
  /** Every notice that the webhook was sent, oldest first. */
  readonly notices: readonly Notice[]
  scrape(targets: readonly Target[]): void
  query(expr: string): Promise<readonly Sample[]>
  stop(): Promise<void>
}

const EVERY = '2s'

export async function startWatchers(
  folder: string,
  programs: { readonly prometheus: string; readonly alertmanager: string },
): Promise<Watchers> {
  const notices: Notice[] = []
  const pager = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      const { receiver, alerts } = JSON.parse(text) as { receiver: string; alerts: Omit<Notice, 'receiver'>[] }
      notices.push(...alerts.map((alert) => ({ ...alert, receiver })))
      response.end()
    })
  })
  const [webhook, prometheus, alertmanager] = [await freePort(), await freePort(), await freePort()]
  await new Promise<void>((done) => pager.listen(webhook, '127.0.0.1', done))

  const at = (file: string): string => join(folder, file)
  writeFileSync(at('alertmanager.yml'), pagedTo(`http://127.0.0.1:${webhook}`))
  for (const file of ['recording.yml', 'alerts.yml']) writeFileSync(at(file), shortened(new URL(file, prometheusDir)))
  writeFileSync(at('prometheus.yml'), stringify(configOf(alertmanager)))
  writeFileSync(at('targets.json'), '[]')

  const started: Program[] = [
    run(
      'alertmanager',
      [
        programs.alertmanager,
        `--config.file=${at('alertmanager.yml')}`,
        `--storage.path=${at('alertmanager')}`,
        `--web.listen-address=127.0.0.1:${alertmanager}`,
        '--cluster.listen-address=',
      ],
      folder,
    ),
    run(
      'prometheus',
      [
        programs.prometheus,
        `--config.file=${at('prometheus.yml')}`,
        `--storage.tsdb.path=${at('prometheus')}`,
        `--web.listen-address=127.0.0.1:${prometheus}`,
      ],
      folder,
    ),
  ]
  return {
    notices,
    scrape: (targets) =>
      writeFileSync(
        at('targets.json'),
        JSON.stringify(targets.map(({ address, service }) => ({ targets: [address], labels: { service } }))),
      ),
    query: async (expr) => {
      const url = new URL(`http://127.0.0.1:${prometheus}/api/v1/query`)
      url.searchParams.set('query', expr)
      const response = await fetch(url, { signal: AbortSignal.timeout(30_000) })
      const body = (await response.json()) as { status: string; error?: string; data?: { result: Sample[] } }
      if (body.status !== 'success') throw new Error(`Prometheus does not take ${expr}: ${body.error}`)
      return body.data?.result ?? []
    },
    stop: async () => {
      await Promise.all(started.map((program) => program.stop()))
      pager.close()
    },
  }
}

/** The committed configuration, but for where the targets come from and how often it looks. */
function configOf(alertmanagerPort: number): object {
  const config = parse(readFileSync(new URL('prometheus.yml', prometheusDir), 'utf8')) as {
    scrape_configs: { job_name: string; honor_labels?: boolean }[]
  }
  const ours = config.scrape_configs.find(({ job_name: name }) => name === 'wellgate')
  return {
    ...config,
    global: { scrape_interval: EVERY, scrape_timeout: EVERY, evaluation_interval: EVERY },
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
    scrape_configs: [
      {
        job_name: 'wellgate',
        honor_labels: ours?.honor_labels ?? false,
        file_sd_configs: [{ files: ['targets.json'], refresh_interval: EVERY }],
      },
    ],
  }
}

/** The committed routes, quick; every receiver is the webhook, which is told whose the notice is. */
function pagedTo(url: string): string {
  const file = new URL('../alertmanager/alertmanager.yml', prometheusDir)
  const quick = readFileSync(file, 'utf8')
    .replaceAll(/group_wait: \d+s/g, 'group_wait: 1s')
    .replaceAll(/group_interval: \d+m/g, 'group_interval: 2s')
  const config = parse(quick) as { receivers: { name: string }[] }
  return stringify({
    ...config,
    receivers: config.receivers.map(({ name }) => ({ name, webhook_configs: [{ url }] })),
  })
}

/** The one value of a query that answers with one; undefined without an answer. */
export async function valueOf(watchers: Watchers, expr: string): Promise<number | undefined> {
  const [sample] = await watchers.query(expr)
  return sample ? Number(sample.value[1]) : undefined
}

/** The names of the alerts that were told of, for a person. */
export const namesOf = (notices: readonly Notice[]): string =>
  [...new Set(notices.map(({ labels }) => labels['alertname'] ?? ''))].join(', ') || 'none'

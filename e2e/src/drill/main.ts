import { deepEqual } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { dumpDatabase } from '../../../deploy/src/backup/dump.ts'
import { restoreDatabase } from '../../../deploy/src/backup/restore.ts'
import { filesOf } from '../../../deploy/src/backup/files.ts'
import { findPostgresTools } from '../../../deploy/src/backup/tools.ts'
import { openStore } from '../../../packages/local/src/payment-sandbox/store.ts'
import { logIn } from '../journey/import-to-screen.ts'
import type { Json } from '../portal.ts'
import { startStack, type Stack } from '../stack.ts'
import { adminUrlOf, keepApart, provisionAll, secretsOf, withClient, withEmptyServer } from './installation.ts'
import { announced, forgetOffsets, untilQuiet } from './quiet.ts'
import { remindedVisit } from './reminded-visit.ts'
import { differences, settingsOf, snapshotOf } from './snapshot.ts'

/**
 * `npm run drill`: a Wellgate with a patient's whole way in it is dumped while it runs and lost; from the dump, the
 * keyrings and the passwords another one is made on an empty server. It must hold the same, do nothing twice, and pass
 * the tour. Says how long it took. Needs pg_dump of the server's version.
 */
const ROOT = join(import.meta.dirname, '../../..')
/** What the embedded server is. */
const SERVER_MAJOR = 18
/** Being up changes these: beats and entries of the day, who is logged in, the log's own bookkeeping. */
const LIVES = /^events\.|\.(access_heartbeat|audit_entry|log_in_failure|session|refresh_token|outbox|inbox)$/

const began = Date.now()
const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`
const say = (line: string): void => void process.stdout.write(`${seconds(began).padStart(8)}  ${line}\n`)

function tour(stack: Stack): void {
  const args = ['--gateway', stack.gateway, '--demo', join(stack.dataDir, 'demo.json')]
  const samples = ['--samples', join(ROOT, 'e2e/fixtures')]
  const ran = spawnSync(process.execPath, ['e2e/src/tour/main.ts', ...args, ...samples], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (ran.status !== 0) throw new Error(`the tour did not pass:\n${ran.stdout}${ran.stderr}`)
}

/** What the demo's patients see of themselves: all of it sealed in the database. */
const charts = ({ portal, demo }: Stack): Promise<Json[]> =>
  Promise.all(
    demo.patients.map(async (patient) => {
      const { accessToken: token } = await logIn(portal, patient)
      const lists = ['observations', 'conditions', 'medications', 'appointments', 'invoices']
      const items = await Promise.all(lists.map((list) => portal.all(`/v1/patients/me/${list}`, token)))
      return [await portal.expect(200, 'GET', '/v1/patients/me', { token }), ...items]
    }),
  )

const processorOf = (dataDir: string) => {
  const { intents, refunds } = openStore(join(dataDir, 'payment-sandbox.json'))
  return { payments: [...intents.keys()].toSorted(), refunds: [...refunds.keys()].toSorted() }
}

/**
 * Every statement that would make the schemas, with owners, grants and default rights. Left out is what differs though
 * it means the same: a random word of each dump, names of not-null constraints, superfluous parentheses.
 */
const schemaOf = (url: string): string[] =>
  findPostgresTools(SERVER_MAJOR)
    .run('pg_dump', ['--schema-only'], url)
    .replaceAll(/^\\(un)?restrict .*$| CONSTRAINT \S+_not_null\d*(?= NOT NULL)|[()]/gm, '')
    .split('\n')

async function refused(work: Promise<unknown>, expected: RegExp): Promise<void> {
  const message = await work.then(
    () => 'nothing',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  if (!expected.test(message)) throw new Error(`expected a refusal (${expected}), got: ${message}`)
}

/** A Wellgate with data in it, dumped while it runs; then gone, all but what lies apart. */
async function makeAndLose(dump: string, apart: string) {
  const stack = await startStack()
  try {
    say('a Wellgate runs; the tour makes a patient, a visit, an invoice, payments and a refund')
    tour(stack)
    return await withClient(adminUrlOf(stack.dataDir), async (admin) => {
      await remindedVisit(stack, admin)
      await untilQuiet(admin)
      say('a reminder is sent, and nothing waits to be')
      const seen = await charts(stack)
      const url = adminUrlOf(stack.dataDir)
      const dumping = Date.now()
      const tables = await dumpDatabase(url, dump, { within: snapshotOf })
      if (!tables) throw new Error('nothing was looked at')
      say(`${Object.keys(tables).length} tables dumped and hashed at one instant in ${seconds(dumping)}`)
      const before = {
        tables,
        seen,
        schema: schemaOf(url),
        settings: await settingsOf(admin),
        said: await announced(admin),
      }
      keepApart(stack.dataDir, apart)
      return { ...before, processor: processorOf(apart) }
    })
  } finally {
    await stack.stop()
  }
}

type Before = Awaited<ReturnType<typeof makeAndLose>>

/** From an empty server to the same tables, roles and rights. */
async function restoreInto(dataDir: string, dump: string, before: Before): Promise<void> {
  await withEmptyServer(dataDir, async (url) => {
    await refused(restoreDatabase(url, dump), /lacks the roles .*provision it first/)
    await provisionAll(url, secretsOf(dataDir))
    const restoring = Date.now()
    await restoreDatabase(url, dump)
    say(`restored in ${seconds(restoring)}`)
    await withClient(url, async (admin) => {
      deepEqual(differences(before.tables, await snapshotOf(admin)), [], 'tables differ from the dump')
      deepEqual(await settingsOf(admin), before.settings)
      deepEqual(schemaOf(url), before.schema)
      await forgetOffsets(admin)
    })
    say('every table, role, right and setting is as it was; readers have forgotten how far they were')
    await refused(restoreDatabase(url, dump), /the database is not empty \(.* more tables\): restore into a new one/)
    await refused(dumpDatabase(url, dump), /is there: dump into another folder/)
    say('a second restore, and a dump over a dump, are refused')
  })
}

async function sameAndOnce(stack: Stack, before: Before): Promise<void> {
  await withClient(adminUrlOf(stack.dataDir), async (admin) => {
    await untilQuiet(admin)
    const changed = differences(before.tables, await snapshotOf(admin)).filter((name) => !LIVES.test(name))
    deepEqual(changed, [], 'tables changed by being restored')
    deepEqual(await announced(admin), before.said)
  })
  deepEqual(processorOf(stack.dataDir), before.processor)
  say('all events were read again: no second reminder, payment, invoice or row')
  deepEqual(await charts(stack), before.seen)
  say('what was sealed is read with the kept keys, as before')
}

const folder = mkdtempSync(join(tmpdir(), 'wellgate-drill-'))
const [dump, dataDir] = [join(folder, 'dump'), join(folder, 'restored')]
try {
  findPostgresTools(SERVER_MAJOR)
  const before = await makeAndLose(dump, dataDir)
  say('it is gone: what is left is the dump, the keyrings, the passwords and the processor')
  if (!Object.values(filesOf(dump)).every(existsSync)) throw new Error('the dump is incomplete')
  const lost = Date.now()
  await restoreInto(dataDir, dump, before)
  const stack = await startStack({ dataDir })
  const back = seconds(lost)
  try {
    say('the restored Wellgate is ready')
    await sameAndOnce(stack, before)
    tour(stack)
    say('and the tour passes on it')
  } finally {
    await stack.stop()
  }
  say(`RTO of this drill: ${back}, from an empty server to ready, checks included`)
} catch (error) {
  process.stderr.write(`drill: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

import process from 'node:process'
import { parseArgs } from 'node:util'
import { listParked, replayParked, type ReplayResult } from '../packages/shared/src/messaging/parked.ts'
import type { ServiceParts } from '../packages/shared/src/runtime/definition.ts'
import { groupsOf } from '../packages/shared/src/runtime/groups.ts'
import type { OpenPlatform } from '../packages/shared/src/runtime/platform.ts'
import { runCommand, SERVICES, serviceOf, UsageError, withService } from './service-command.ts'

const USAGE = `npm run parked -- <service> list|replay [--key KEY] [--group GROUP]
  services: ${SERVICES.join(', ')}
  list     the events set aside, oldest first, each with its cause
  replay   handles them again, in order per key; a key stops at its first failure
  --key, --group   replays of this key, or of this group, alone`

await runCommand(USAGE, process.argv.slice(2), async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { key: { type: 'string' }, group: { type: 'string' } },
  })
  const [name, verb = 'list', ...more] = positionals
  const service = serviceOf(name)
  if ((verb !== 'list' && verb !== 'replay') || more.length > 0)
    throw new UsageError(`list or replay, not "${[verb, ...more].join(' ')}"`)
  await withService(service, (platform, parts) => (verb === 'list' ? list(platform) : replay(platform, parts, values)))
})

async function list({ pool }: OpenPlatform): Promise<void> {
  const parked = await listParked(pool)
  if (parked.length === 0) process.stdout.write('Nothing is parked.\n')
  for (const event of parked) {
    const when = event.parkedAt.toISOString()
    process.stdout.write(
      `${when}  ${event.group}  ${event.topic}  key ${event.key}  event ${event.eventId}  ${event.cause}\n`,
    )
  }
}

async function replay(
  { service, pool, eventSealer }: OpenPlatform,
  parts: ServiceParts,
  { key, group: named }: { key?: string; group?: string },
): Promise<void> {
  const groups = groupsOf(service, parts.consumers).filter(({ group }) => named === undefined || group === named)
  if (groups.length === 0) throw new UsageError(`there is no group "${named}" of ${service}`)
  let replayed = 0
  const failed: ReplayResult['failed'][number][] = []
  for (const { group, handlers } of groups) {
    const result = await replayParked({ service, group, pool, handlers, eventSealer, ...(key ? { key } : {}) })
    replayed += result.replayed
    failed.push(...result.failed)
  }
  process.stdout.write(`Replayed ${replayed}; ${failed.length} keys still blocked.\n`)
  for (const { key: blocked, eventId, cause } of failed)
    process.stdout.write(`  key ${blocked}  event ${eventId}  ${cause}\n`)
  if (failed.length > 0) process.exitCode = 1
}

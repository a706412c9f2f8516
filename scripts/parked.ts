import process from 'node:process'
import { parseArgs } from 'node:util'
import { listParked, replayParked } from '../packages/shared/src/messaging/parked.ts'
import { SERVICES, withService } from './service-command.ts'

const USAGE = `npm run parked -- <service> list|replay [--key KEY] [--group GROUP]
  services: ${SERVICES.join(', ')}
  list     the events set aside, oldest first, each with its cause
  replay   handles them again, in order per key; a key stops at its first failure`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { key: { type: 'string' }, group: { type: 'string' } },
})
const [name, verb = 'list'] = positionals

await withService(name, USAGE, async (platform, parts) => {
  const group = values.group ?? platform.service
  if (verb === 'list') {
    const parked = await listParked(platform.pool)
    if (parked.length === 0) process.stdout.write('Nothing is parked.\n')
    for (const event of parked) {
      const when = event.parkedAt.toISOString()
      process.stdout.write(
        `${when}  ${event.group}  ${event.topic}  key ${event.key}  event ${event.eventId}  ${event.cause}\n`,
      )
    }
    return
  }
  if (verb !== 'replay') throw new Error(USAGE)
  const { service, pool, eventSealer } = platform
  const handlers = parts.consumers ?? []
  const result = await replayParked({
    service,
    group,
    pool,
    handlers,
    eventSealer,
    ...(values.key ? { key: values.key } : {}),
  })
  process.stdout.write(`Replayed ${result.replayed}; ${result.failed.length} keys still blocked.\n`)
  for (const { key, eventId, cause } of result.failed)
    process.stdout.write(`  key ${key}  event ${eventId}  ${cause}\n`)
  if (result.failed.length > 0) process.exitCode = 1
})

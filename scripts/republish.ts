import process from 'node:process'
import { republish } from '../packages/shared/src/messaging/republish.ts'
import { SERVICES, withService } from './service-command.ts'

const USAGE = `npm run republish -- <service>
  services: ${SERVICES.join(', ')}
  Publishes the service's current state as events, for a consumer that is new or restored.`

await withService(process.argv[2], USAGE, async ({ service, pool, outbox }, { republisher }) => {
  if (!republisher) {
    process.stdout.write(`${service} has no state that others keep: nothing to publish.\n`)
    return
  }
  const total = await republish({ pool, outbox, republisher })
  process.stdout.write(`Published ${total} events; the relay of ${service} sends them on.\n`)
})

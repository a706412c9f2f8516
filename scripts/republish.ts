import process from 'node:process'
import { parseArgs } from 'node:util'
import { republish } from '../packages/shared/src/messaging/republish.ts'
import { runCommand, SERVICES, serviceOf, withService } from './service-command.ts'

const USAGE = `npm run republish -- <service>
  services: ${SERVICES.join(', ')}
  Publishes the service's current state as events, for a consumer that is new or restored.`

await runCommand(USAGE, process.argv.slice(2), async () => {
  const { positionals } = parseArgs({ allowPositionals: true })
  await withService(serviceOf(positionals[0]), async ({ service, pool, outbox }, { republisher }) => {
    if (!republisher) {
      process.stdout.write(`${service} has no state that others keep: nothing to publish.\n`)
      return
    }
    const total = await republish({ pool, outbox, republisher })
    process.stdout.write(`Published ${total} events; the relay of ${service} sends them on.\n`)
  })
})

import { copyFileSync, chmodSync, existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { allEvents } from '@wellgate/shared/contracts/all-events'
import { provisionService } from '@wellgate/shared/db/roles'
import { ensureTopics } from '@wellgate/shared/messaging/kafka/ensure-topics'
import { topicsOf } from '@wellgate/shared/messaging/topics'
import { createLogger } from '@wellgate/shared/observability/logger'
import { prepareKeyrings, refuseLostKeyrings } from '@wellgate/shared/runtime/keyrings'
import { Client } from 'pg'
import type { ProvisionConfig } from './provision-config.ts'

/** Roles, schemas, topics and keyrings of an installation, before the migrations. A second time does no harm. */
export async function provision(config: ProvisionConfig, say: (line: string) => void): Promise<void> {
  const names = config.services.map(({ service }) => service)
  const admin = new Client({ connectionString: config.adminUrl, application_name: 'wellgate-provision' })
  await admin.connect()
  try {
    if (config.keysDir) await refuseLostKeyrings(admin, join(config.keysDir, 'all'), names)
    for (const service of config.services) await provisionService(admin, service)
  } finally {
    await admin.end()
  }
  say(`roles and schemas: ${names.join(', ')}`)
  if (config.kafka) {
    const log = createLogger({ service: 'provision', level: 'warn' })
    const made = await ensureTopics({ ...config.kafka, clientId: 'wellgate-provision', log }, topicsOf(allEvents))
    say(`topics made: ${made.length > 0 ? made.join(', ') : 'none, all are there'}`)
  }
  if (config.keysDir) {
    const rings = await prepareKeyrings(join(config.keysDir, 'all'), names, allEvents)
    for (const service of names) handOut(rings[service] ?? '', join(config.keysDir, service))
    say('keyrings: one for each service')
  }
}

/** A service sees its own folder only. Replaced in one step: it may run. */
function handOut(ring: string, folder: string): void {
  if (!existsSync(folder)) return
  const file = join(folder, 'keyring.json')
  copyFileSync(ring, `${file}.new`)
  chmodSync(`${file}.new`, 0o600)
  renameSync(`${file}.new`, file)
}

import { type Bells, createBells } from '../messaging/bells.ts'
import { createPostgresTransport } from '../messaging/postgres/postgres-transport.ts'
import { createRelay, type Relay } from '../messaging/relay.ts'
import type { Transport } from '../messaging/transport.ts'

/** A transport as a process of its own has it: with bells that end with it. */
export function openPostgresTransport(
  options: Omit<Parameters<typeof createPostgresTransport>[0], 'bells'>,
): Transport {
  const bells = createBells(options)
  return endingWith(bells, createPostgresTransport({ ...options, bells }))
}

/** A relay as a process of its own has it: with bells that end with it. */
export function openRelay(options: Omit<Parameters<typeof createRelay>[0], 'bells'>): Relay {
  const { directUrl, schema, log } = options
  const bells = createBells({ connectionString: directUrl, applicationName: `${schema}-bells`, log })
  return endingWith(bells, createRelay({ ...options, bells }))
}

const endingWith = <T extends { close(): Promise<void> }>(bells: Bells, thing: T): T => ({
  ...thing,
  close: async () => {
    await thing.close()
    await bells.close()
  },
})

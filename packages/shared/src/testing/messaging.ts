import { createBells } from '../messaging/bells.ts'
import { createPostgresTransport } from '../messaging/postgres/postgres-transport.ts'
import { createRelay, type Relay } from '../messaging/relay.ts'
import type { Transport } from '../messaging/transport.ts'

/** A transport as a process of its own has it: with bells that end with it. */
export function openPostgresTransport(
  options: Omit<Parameters<typeof createPostgresTransport>[0], 'bells'>,
): Transport {
  const bells = createBells(options)
  const transport = createPostgresTransport({ ...options, bells })
  return {
    ...transport,
    close: async () => {
      await transport.close()
      await bells.close()
    },
  }
}

/** A relay as a process of its own has it: with bells that end with it. */
export function openRelay(options: Omit<Parameters<typeof createRelay>[0], 'bells'>): Relay {
  const { directUrl, schema, log } = options
  const bells = createBells({ connectionString: directUrl, applicationName: `${schema}-bells`, log })
  const relay = createRelay({ ...options, bells })
  return {
    ...relay,
    close: async () => {
      await relay.close()
      await bells.close()
    },
  }
}

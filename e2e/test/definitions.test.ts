import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Slice } from '@wellgate/shared/config/slice'
import { allEvents } from '@wellgate/shared/contracts/all-events'
import { allRoutes } from '@wellgate/shared/contracts/all-routes'
import type { RouteContract } from '@wellgate/shared/contracts/route'
import { wireType } from '@wellgate/shared/messaging/envelope'
import type { ServiceDefinition } from '@wellgate/shared/runtime/definition'
import { describe, expect, it } from 'vitest'
import { ROOT } from './sources.ts'

const SERVICES = readdirSync(join(ROOT, 'services')).filter((service) => service !== 'gateway')

type Definition = Pick<ServiceDefinition<readonly Slice[], readonly RouteContract[]>, 'name' | 'routes' | 'events'>

/** The one thing that a service's service.ts exports. */
async function definitionOf(service: string): Promise<Definition> {
  const module = (await import(join(ROOT, 'services', service, 'src/service.ts'))) as Record<string, Definition>
  const [definition] = Object.values(module)
  if (definition === undefined) throw new Error(`services/${service}/src/service.ts exports nothing`)
  return definition
}

describe.each(SERVICES)('%s', (service) => {
  // The relay knows by them whom to wake; topics, grants and docs come from the list of all.
  it('declares every event that it is the producer of, and no other', async () => {
    const { name, events } = await definitionOf(service)
    expect(name).toBe(service)
    const own = allEvents.filter(({ producer }) => producer === service)
    expect(events.map(wireType).toSorted()).toEqual(own.map(wireType).toSorted())
  })

  it('declares every route that the gateway sends to it, and no other', async () => {
    const { routes } = await definitionOf(service)
    const own = allRoutes.filter(({ id }) => id.startsWith(`${service}.`))
    expect(routes.map(({ id }) => id).toSorted()).toEqual(own.map(({ id }) => id).toSorted())
  })
})

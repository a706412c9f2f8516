import type { ConfigOf, Slice } from '../config/slice.ts'
import type { EventContract } from '../contracts/event.ts'
import type { RouteContract } from '../contracts/route.ts'
import type { ServiceName } from '../contracts/services.ts'
import type { Handlers } from '../http/handlers.ts'
import type { EventHandler } from '../messaging/handlers.ts'
import type { Republisher } from '../messaging/republish.ts'
import type { JwksSource } from '../access/jwks.ts'
import type { Job } from './jobs.ts'
import type { Platform } from './platform.ts'

/** What a service's composition root gives back. */
export interface ServiceParts<R extends readonly RouteContract[] = readonly RouteContract[]> {
  readonly handlers: Handlers<R>
  readonly consumers?: readonly EventHandler[]
  readonly jobs?: readonly Job[]
  readonly republisher?: Republisher
  /** Where the keys that verify access tokens come from; identity answers for itself, others ask it. */
  readonly jwks?: JwksSource
  close?(): Promise<void>
}

/** What differs between services; what is the same is the platform's. */
export interface ServiceDefinition<S extends readonly Slice[], R extends readonly RouteContract[]> {
  readonly name: ServiceName
  readonly slices: S
  readonly routes: R
  /** All that it publishes. */
  readonly events: readonly EventContract[]
  /** The folder of the service's migrations, in Prisma's layout. */
  readonly migrations: URL
  build(platform: Platform, config: ConfigOf<S>): Promise<ServiceParts<R>> | ServiceParts<R>
}

/** A service whose routes and variables are not looked at, for commands and tests that take any of them. */
export type AnyService = Pick<
  ServiceDefinition<readonly Slice[], readonly RouteContract[]>,
  'name' | 'slices' | 'routes' | 'migrations'
> & {
  build(platform: Platform, config: never): Promise<ServiceParts> | ServiceParts
}

import type { Slice } from '@wellgate/shared/config/slice'
import { SERVICES } from '@wellgate/shared/contracts/services'
import { configPolicy, slicesOf } from './config.ts'
import { entrance } from './entrance.ts'
import { listeners } from './listeners.ts'
import { operated, topics, triggers, users } from './kafka.ts'
import { network } from './network.ts'
import { rules } from './network-rules.ts'
import { grace, probes, resources, restricted } from './pods.ts'
import type { Policy } from './policy.ts'
import { migrations, monitoring, references, secrets } from './references.ts'
import { connections, disruption, rollout, scaling, spread } from './scaling.ts'

/** Every policy, by name. */
export async function allPolicies(): Promise<Readonly<Record<string, Policy>>> {
  const slices = new Map<string, readonly Slice[]>()
  for (const service of SERVICES) slices.set(service, await slicesOf(service))
  return {
    restricted,
    resources,
    probes,
    grace,
    rollout,
    scaling,
    disruption,
    spread,
    connections,
    network,
    rules,
    references,
    secrets,
    config: configPolicy(slices),
    topics,
    users,
    triggers,
    operated,
    listeners,
    entrance,
    migrations,
    monitoring,
  }
}

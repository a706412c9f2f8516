import { allEvents } from '@wellgate/shared/contracts/all-events'
import { topicsOf } from '@wellgate/shared/messaging/topics'
import { appOf, ofKind, selects, sides, type KubeObject, type Workload } from '../render/objects.ts'
import type { Policy } from './policy.ts'

const deploymentOf = (objects: readonly KubeObject[], scaler: KubeObject): Workload | undefined =>
  sides(objects).find(({ object }) => object.metadata.name === scaler.spec.scaleTargetRef?.name)

/** New pods come before old ones go. */
export const rollout: Policy = (objects) =>
  sides(objects).flatMap(({ name, object: { spec } }) => [
    ...(spec.strategy?.rollingUpdate?.maxUnavailable === 0
      ? []
      : [`${name}: a rollout may take a pod before it adds one`]),
    ...(spec.strategy?.rollingUpdate?.maxSurge === 1 ? [] : [`${name}: a rollout may add more than one pod`]),
    ...((spec.minReadySeconds ?? 0) >= 5 ? [] : [`${name}: a pod counts as soon as it is ready once`]),
  ])

/** Each side has one autoscaler or a fixed number, never both; what scales says how fast, how far and from where. */
export const scaling: Policy = (objects, { overlay }) => {
  const scalers = ofKind(objects, 'HorizontalPodAutoscaler', 'ScaledObject')
  const least = overlay === 'local' ? 1 : 2
  const partitions = new Map(topicsOf(allEvents).map((topic) => [topic.name, topic.partitions]))
  return [
    ...sides(objects).flatMap(({ name, object, component }) => {
      const mine = scalers.filter(({ spec }) => spec.scaleTargetRef?.name === object.metadata.name)
      const kind = component === 'http' ? 'HorizontalPodAutoscaler' : 'ScaledObject'
      const fixed = object.spec.replicas
      return [
        mine.length > 1 ? `${name}: ${mine.length} autoscalers pull at it` : '',
        mine[0] && mine[0].kind !== kind ? `${name}: scaled by a ${mine[0].kind}` : '',
        mine.length === 0 && (fixed ?? 0) < least ? `${name}: nobody says how many there are` : '',
        mine.length > 0 && fixed !== undefined ? `${name}: replicas fixed, and scaled` : '',
      ].filter(Boolean)
    }),
    ...scalers.flatMap((scaler) => {
      const { spec } = scaler
      const name = `${scaler.kind}/${scaler.metadata.name}`
      const target = deploymentOf(objects, scaler)
      const min = spec.minReplicas ?? spec.minReplicaCount ?? 0
      const max = spec.maxReplicas ?? spec.maxReplicaCount ?? 0
      const topics = (spec.triggers ?? []).map(({ metadata }) => metadata['topic'] ?? '')
      const most = Math.max(...topics.map((topic) => partitions.get(topic) ?? 0), 0)
      return [
        target ? '' : `${name}: its target is not there`,
        target && !appOf(target).resources?.requests?.['cpu']
          ? `${name}: its target asks for no CPU to measure by`
          : '',
        min >= least ? '' : `${name}: scales down to ${min}`,
        max > min ? '' : `${name}: cannot scale`,
        (spec.behavior ?? spec.advanced?.horizontalPodAutoscalerConfig?.behavior) ? '' : `${name}: no behavior`,
        scaler.kind === 'ScaledObject' && !spec.fallback ? `${name}: no fallback for when Kafka does not answer` : '',
        scaler.kind === 'ScaledObject' && max > most ? `${name}: ${max} consumers, ${most} partitions` : '',
      ].filter(Boolean)
    }),
  ]
}

/** Each Deployment of ours is guarded by one PodDisruptionBudget, and each of those lets a node be drained. */
export const disruption: Policy = (objects) => {
  const budgets = ofKind(objects, 'PodDisruptionBudget')
  return [
    ...sides(objects).flatMap(({ name, labels }) => {
      const count = budgets.filter(({ spec }) => selects(spec.selector, labels)).length
      return count === 1 ? [] : [`${name}: ${count} disruption budgets`]
    }),
    ...budgets.flatMap(({ metadata, spec }) => {
      const guarded = sides(objects).filter(({ labels }) => selects(spec.selector, labels)).length
      return [
        guarded === 1 ? '' : `PodDisruptionBudget/${metadata.name}: guards ${guarded} Deployments`,
        spec.maxUnavailable === 1 ? '' : `PodDisruptionBudget/${metadata.name}: may hold up a node`,
        spec.unhealthyPodEvictionPolicy === 'AlwaysAllow'
          ? ''
          : `PodDisruptionBudget/${metadata.name}: keeps unready pods`,
      ].filter(Boolean)
    }),
  ]
}

/** Over zones everywhere, over hosts strictly where nodes are added on demand. */
export const spread: Policy = (objects, { overlay }) =>
  sides(objects).flatMap(({ name, pod, labels }) => {
    const constraints = pod.topologySpreadConstraints ?? []
    const host = constraints.find(({ topologyKey }) => topologyKey === 'kubernetes.io/hostname')
    const strict = overlay === 'eks' || overlay === 'aks'
    return [
      constraints.some(({ topologyKey }) => topologyKey === 'topology.kubernetes.io/zone')
        ? ''
        : `${name}: not spread over zones`,
      host ? '' : `${name}: not spread over hosts`,
      host && (host.whenUnsatisfiable === 'DoNotSchedule') !== strict
        ? `${name}: ${host.whenUnsatisfiable} on ${overlay}`
        : '',
      constraints.every(({ labelSelector }) => selects(labelSelector, labels))
        ? ''
        : `${name}: counts other pods than its own`,
    ].filter(Boolean)
  })

/** What a pod holds beside its pool: 2 for keys; a request side one for audit; a consumer side two lanes of a relay and the bells. */
const BESIDE_POOL: Readonly<Record<string, number>> = { http: 2 + 1, consumers: 2 + 3 }
/** For superusers, migrations, operators' commands. */
const RESERVE = 20

/** All pods at their most, one more each while a rollout runs, fit into Postgres' max_connections. */
export const connections: Policy = (objects) => {
  const scalers = ofKind(objects, 'HorizontalPodAutoscaler', 'ScaledObject')
  const pool = Number(
    ofKind(objects, 'ConfigMap')
      .map(({ data }) => data?.['WELLGATE_POOL_MAX'])
      .find(Boolean) ?? 10,
  )
  const wanted = sides(objects)
    .filter(({ service }) => service !== 'gateway')
    .reduce((sum, { object, component }) => {
      const scaler = scalers.find(({ spec }) => spec.scaleTargetRef?.name === object.metadata.name)
      const pods = scaler?.spec.maxReplicas ?? scaler?.spec.maxReplicaCount ?? object.spec.replicas ?? 1
      return sum + (pods + 1) * (pool + (BESIDE_POOL[component] ?? 0))
    }, 0)
  const namespace = ofKind(objects, 'Namespace')[0]
  const said = Number(namespace?.metadata.annotations?.['wellgate.dev/postgres-max-connections'] ?? 0)
  const clusters = ofKind(objects, 'Cluster').map(({ spec }) =>
    Number(spec.postgresql?.parameters?.['max_connections'] ?? 100),
  )
  const servers = ofKind(objects, 'StatefulSet').flatMap(({ spec }) =>
    spec.template.spec.containers.flatMap(({ args = [] }) =>
      args.flatMap((arg) => /^max_connections=(\d+)$/.exec(arg)?.[1] ?? []),
    ),
  )
  return [
    wanted + RESERVE <= said ? '' : `${wanted} connections and ${RESERVE} in reserve, Postgres takes ${said}`,
    ...[...clusters, ...servers.map(Number)].map((max) =>
      max === said ? '' : `Postgres takes ${max}, the namespace says ${said}`,
    ),
  ].filter(Boolean)
}

import { allRoutes } from '@wellgate/shared/contracts/all-routes'
import { ownerOf } from '@wellgate/shared/contracts/route'
import { servicePhases } from '@wellgate/shared/runtime/service-phases'
import { IDLE_MS } from '../../../services/gateway/src/proxy/replicas.ts'
import { MARGIN_MS } from '../../../services/gateway/src/proxy/routes.ts'
import {
  appOf,
  ofKind,
  sides,
  workloads,
  type Container,
  type KubeObject,
  type PodSpec,
  type Workload,
} from '../render/objects.ts'
import type { Policy } from './policy.ts'

/** Pod Security `restricted`. */
const VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

const containersOf = ({ pod }: Workload): Container[] => [...(pod.initContainers ?? []), ...pod.containers]
const eachContainer = (
  objects: readonly KubeObject[],
  say: (container: Container, workload: Workload) => (string | false)[],
) =>
  workloads(objects).flatMap((workload) =>
    containersOf(workload).flatMap((container) =>
      say(container, workload).flatMap((text) => (text ? [`${workload.name} ${container.name}: ${text}`] : [])),
    ),
  )

/** What Pod Security `restricted` has against a pod's own context. */
export const podFaults = (context: PodSpec['securityContext'] = {}): string[] => [
  ...(context['runAsNonRoot'] === true ? [] : ['runs as root']),
  ...(context.seccompProfile?.type === 'RuntimeDefault' ? [] : ['has no seccomp profile']),
]

/** What it has against a container's. In capitals: it compares with ALL. */
export const containerFaults = (context: Container['securityContext'] = {}): string[] => [
  ...(context['allowPrivilegeEscalation'] === false ? [] : ['may gain privileges']),
  ...(context['privileged'] === true ? ['is privileged'] : []),
  ...((context.capabilities?.drop ?? []).includes('ALL') ? [] : ['keeps capabilities']),
  ...((context.capabilities?.add ?? []).length > 0 ? ['adds capabilities'] : []),
]

/** Pod Security `restricted`, and besides: a read-only root, no token of the API server, no variables of Services. */
export const restricted: Policy = (objects) => [
  ...workloads(objects).flatMap(({ name, pod }) => {
    const context = pod.securityContext ?? {}
    return [
      ...podFaults(context),
      typeof context['runAsUser'] === 'number' && context['runAsUser'] > 0 ? '' : 'has no numeric user',
      pod.automountServiceAccountToken === false ? '' : "mounts the API server's token",
      pod.enableServiceLinks === false
        ? ''
        : 'takes variables of Services: one named wellgate-… would stop the process',
      pod.hostNetwork || pod.hostPID || pod.hostIPC ? "shares the host's namespaces" : '',
      ...(pod.volumes ?? []).map((volume) =>
        Object.keys(volume).every((key) => key === 'name' || VOLUMES.includes(key)) ? '' : `mounts ${volume.name}`,
      ),
    ].flatMap((text) => (text ? [`${name}: ${text}`] : []))
  }),
  ...eachContainer(objects, ({ securityContext = {} }) => [
    ...containerFaults(securityContext),
    securityContext['readOnlyRootFilesystem'] !== true && 'writes to its root',
  ]),
]

/** CPU and memory are asked for, memory is bounded by what is asked for, CPU is not; Node's heap is a share of it. */
export const resources: Policy = (objects) =>
  eachContainer(objects, ({ image, resources: given, env = [] }) => {
    const { requests = {}, limits = {} } = given ?? {}
    const heap = env.find(({ name }) => name === 'NODE_OPTIONS')?.value ?? ''
    const share = Number(/--max-old-space-size-percentage=(\d+)/.exec(heap)?.[1] ?? 0)
    return [
      !requests['cpu'] && 'asks for no CPU',
      !requests['memory'] && 'asks for no memory',
      limits['memory'] !== requests['memory'] && 'is bounded by another memory than it asks for',
      limits['cpu'] !== undefined && 'has a CPU limit, which throttles the event loop',
      image.includes('wellgate/') &&
        (share < 50 || share > 75) &&
        "leaves Node's heap at its default, beyond the limit",
    ]
  })

/** Three probes of two kinds: of the process, which restarts, and of what it needs, which only takes it out. */
export const probes: Policy = (objects) =>
  sides(objects).flatMap((workload) => {
    const app = appOf(workload)
    const ports = (app.ports ?? []).map(({ name }) => name)
    const kinds = [
      ['startupProbe', '/livez'],
      ['livenessProbe', '/livez'],
      ['readinessProbe', '/readyz'],
    ] as const
    return kinds.flatMap(([kind, path]) => {
      const http = app[kind]?.httpGet
      return [
        http?.path === path ? '' : `${workload.name}: its ${kind} does not ask ${path}`,
        typeof http?.port === 'string' && ports.includes(http.port)
          ? ''
          : `${workload.name}: its ${kind} names no port of it`,
      ].filter(Boolean)
    })
  })

/** The most that a service's shutdown may take, in ms: all its phases, at its slowest route; without WELLGATE_DRAIN_MS. */
export function shutdownMs(service: string): number {
  // The gateway passes on what any service answers, and has no phase that a service has not.
  const routes = service === 'gateway' ? allRoutes : allRoutes.filter((route) => ownerOf(route) === service)
  const nothing = () => undefined
  const stop = { consumers: nothing, relay: nothing, service: nothing, pools: nothing, traces: nothing }
  const ops = { close: () => Promise.resolve() }
  const phases = servicePhases({ drainMs: 0, http: null, ops, routes, drain: nothing, stop })
  return phases.reduce((sum, { timeoutMs }) => sum + timeoutMs, service === 'gateway' ? MARGIN_MS : 0)
}

/** The grace that Kubernetes gives is longer than preStop, drain, the longest request and every other phase together. */
export const grace: Policy = (objects) =>
  sides(objects).flatMap((workload) => {
    const app = appOf(workload)
    const sleep = app.lifecycle?.preStop?.sleep?.seconds ?? 0
    const names = (app.envFrom ?? []).flatMap(({ configMapRef }) => (configMapRef ? [configMapRef.name] : []))
    const maps = ofKind(objects, 'ConfigMap').filter(({ metadata }) => names.includes(metadata.name))
    const drain = Number(maps.map(({ data }) => data?.['WELLGATE_DRAIN_MS']).find(Boolean) ?? 0)
    const least = sleep + (drain + shutdownMs(workload.service)) / 1000
    const given = workload.pod.terminationGracePeriodSeconds ?? 30
    return [
      sleep > 0 ? '' : `${workload.name}: no preStop: it would turn away requests that are on their way`,
      drain > 2 * IDLE_MS ? '' : `${workload.name}: drains for less than the gateway keeps idle connections`,
      given > least ? '' : `${workload.name}: ${given} s of grace, and its shutdown may take ${least} s`,
    ].filter(Boolean)
  })

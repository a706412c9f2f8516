import type { KubeObject } from '../src/render/objects.ts'
import { kafkaMutations } from './kafka-mutations.ts'
import { app, consumers, drop, find, hpaOf, http, job, map } from './parts.ts'

// Each breaks one thing; its policy must say so.
export const mutations: readonly [string, string, (objects: KubeObject[]) => void][] = [
  ...kafkaMutations,
  ['restricted', 'root is written', (o) => ((app(http(o)).securityContext ??= {})['readOnlyRootFilesystem'] = false)],
  [
    'restricted',
    'all in lower case',
    (o) => {
      ;(app(http(o)).securityContext ??= {}).capabilities = { drop: ['all'] }
    },
  ],
  [
    'restricted',
    'a token is mounted',
    (o) => {
      http(o).spec.template.spec.automountServiceAccountToken = true
    },
  ],
  [
    'restricted',
    'variables of Services',
    (o) => {
      delete http(o).spec.template.spec.enableServiceLinks
    },
  ],
  [
    'restricted',
    'a Job without seccomp',
    (o) => {
      delete job(o).spec.template.spec.securityContext?.seccompProfile
    },
  ],
  [
    'restricted',
    'a path of the host',
    (o) => {
      http(o).spec.template.spec.volumes?.push({ name: 'host', hostPath: { path: '/' } })
    },
  ],
  [
    'resources',
    'no memory limit',
    (o) => {
      delete app(http(o)).resources?.limits
    },
  ],
  [
    'resources',
    "Node's default heap",
    (o) => {
      app(http(o)).env = []
    },
  ],
  [
    'probes',
    'liveness asks the database',
    (o) => {
      app(http(o)).livenessProbe = { httpGet: { path: '/readyz', port: 'ops' } }
    },
  ],
  [
    'probes',
    'no startup probe',
    (o) => {
      delete app(consumers(o)).startupProbe
    },
  ],
  [
    'probes',
    'a port that is not there',
    (o) => {
      app(http(o)).readinessProbe = { httpGet: { path: '/readyz', port: 'health' } }
    },
  ],
  [
    'grace',
    'less grace',
    (o) => {
      http(o).spec.template.spec.terminationGracePeriodSeconds = 40
    },
  ],
  [
    'grace',
    'a longer drain',
    (o) => {
      map(o, 'wellgate-process')['WELLGATE_DRAIN_MS'] = '30000'
    },
  ],
  [
    'grace',
    'a drain shorter than idle connections are kept',
    (o) => {
      map(o, 'wellgate-process')['WELLGATE_DRAIN_MS'] = '2000'
    },
  ],
  [
    'grace',
    'no preStop',
    (o) => {
      delete app(http(o)).lifecycle
    },
  ],
  [
    'rollout',
    'takes a pod first',
    (o) => {
      http(o).spec.strategy = { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } }
    },
  ],
  [
    'scaling',
    'fixed and scaled',
    (o) => {
      http(o).spec.replicas = 3
    },
  ],
  [
    'scaling',
    'two autoscalers',
    (o) => {
      hpaOf(o).spec.scaleTargetRef = { kind: 'Deployment', name: 'records-http' }
    },
  ],
  [
    'scaling',
    'down to one',
    (o) => {
      hpaOf(o).spec.minReplicas = 1
    },
  ],
  [
    'scaling',
    'more consumers than partitions',
    (o) => {
      find(o, 'ScaledObject', 'records-consumers').spec.maxReplicaCount = 13
    },
  ],
  [
    'scaling',
    'no fallback',
    (o) => {
      delete find(o, 'ScaledObject', 'records-consumers').spec.fallback
    },
  ],
  [
    'scaling',
    'a target that is not there',
    (o) => {
      drop(o, 'Deployment', 'patients-http')
    },
  ],
  [
    'disruption',
    'no budget',
    (o) => {
      drop(o, 'PodDisruptionBudget', 'patients-http')
    },
  ],
  [
    'disruption',
    'a budget of none',
    (o) => {
      find(o, 'PodDisruptionBudget', 'patients-http').spec.maxUnavailable = 0
    },
  ],
  [
    'disruption',
    "another's pods",
    (o) => {
      Object.assign(find(o, 'PodDisruptionBudget', 'patients-http').spec, { selector: { matchLabels: {} } })
    },
  ],
  [
    'spread',
    'hosts do not matter',
    (o) => {
      ;(http(o).spec.template.spec.topologySpreadConstraints ?? []).pop()
    },
  ],
  [
    'connections',
    'more pods',
    (o) => {
      hpaOf(o).spec.maxReplicas = 60
    },
  ],
  [
    'connections',
    'larger pools',
    (o) => {
      map(o, 'wellgate-service')['WELLGATE_POOL_MAX'] = '20'
    },
  ],
  [
    'references',
    'a Service without pods',
    (o) => {
      find(o, 'Service', 'patients-http').spec.selector = { x: 'y' }
    },
  ],
  [
    'references',
    'a port that is not there',
    (o) => {
      find(o, 'Service', 'patients-http').spec.ports = [{ name: 'http', port: 8080, targetPort: 'web' }]
    },
  ],
  [
    'references',
    'a Secret that nobody makes',
    (o) => {
      drop(o, 'ExternalSecret', 'patients-secrets')
    },
  ],
  [
    'references',
    'an account that is not there',
    (o) => {
      drop(o, 'ServiceAccount', 'patients-app')
    },
  ],
  [
    'references',
    'a map that is not there',
    (o) => {
      app(http(o)).envFrom = [{ configMapRef: { name: 'typo' } }]
    },
  ],
  [
    'secrets',
    'one is written down',
    (o) => {
      o.push({ ...find(o, 'Namespace', 'wellgate'), kind: 'Secret' })
    },
  ],
  [
    'secrets',
    'the namespace takes any pod',
    (o) => {
      find(o, 'Namespace', 'wellgate').metadata.labels = {}
    },
  ],
  [
    'config',
    'a typo',
    (o) => {
      map(o, 'wellgate-process')['WELLGATE_LOG_LEVLE'] = 'info'
    },
  ],
  [
    'config',
    'a value that is not valid',
    (o) => {
      map(o, 'wellgate-process')['WELLGATE_OPS_PORT'] = 'ninety'
    },
  ],
  [
    'config',
    'one that is required',
    (o) => {
      delete map(o, 'wellgate-service')['WELLGATE_JWKS_URL']
    },
  ],
  [
    'config',
    'one that nobody decides',
    (o) => {
      delete map(o, 'gateway-config')['WELLGATE_UPSTREAM_RECORDS']
    },
  ],
  [
    'config',
    'a contradiction',
    (o) => {
      delete map(o, 'wellgate-service')['WELLGATE_KAFKA_SASL_MECHANISM']
    },
  ],
  [
    'migrations',
    'none',
    (o) => {
      o.splice(o.indexOf(job(o)), 1)
    },
  ],
  [
    'migrations',
    'of another release',
    (o) => {
      app(job(o)).image = 'registry.example.org/wellgate/patients:0.0.9'
    },
  ],
  [
    'monitoring',
    'up of no service',
    (o) => {
      find(o, 'PodMonitor', 'wellgate').spec.podMetricsEndpoints?.[0]?.relabelings?.splice(1, 1)
    },
  ],
  [
    'monitoring',
    'another job',
    (o) => {
      find(o, 'PodMonitor', 'wellgate').spec.podMetricsEndpoints?.[0]?.relabelings?.shift()
    },
  ],
  [
    'monitoring',
    'a side is not scraped',
    (o) => {
      app(consumers(o)).ports = []
    },
  ],
]

import type { KubeObject } from '../src/render/objects.ts'
import { app, consumers, http, job, map } from './parts.ts'

// Each breaks one thing of what a pod may and must; its policy must say so.
export const podMutations: readonly [string, string, (objects: KubeObject[]) => void][] = [
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
]

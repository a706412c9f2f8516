import type { KubeObject } from '../src/render/objects.ts'
import { app, consumers, drop, find, http, job, map } from './parts.ts'

// Each breaks one thing of what one names of another; its policy must say so.
export const referenceMutations: readonly [string, string, (objects: KubeObject[]) => void][] = [
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

import type { Overlay } from '../src/render/kustomize.ts'
import type { KubeObject } from '../src/render/objects.ts'
import { drop, find } from './parts.ts'

/** Ways in from outside that lead nowhere, or without TLS. */
export const entranceMutations: readonly [string, string, (objects: KubeObject[]) => void, Overlay?][] = [
  [
    'entrance',
    'a balancer inside of the VPC',
    (o) => {
      delete find(o, 'LoadBalancerConfiguration', 'wellgate').spec.scheme
    },
  ],
  [
    'entrance',
    'a balancer that is not told',
    (o) => {
      delete find(o, 'Gateway', 'wellgate').spec.infrastructure
    },
  ],
  [
    'entrance',
    'a balancer without a certificate',
    (o) => {
      delete find(o, 'LoadBalancerConfiguration', 'wellgate').spec.listenerConfigurations?.[0]?.defaultCertificate
    },
  ],
  [
    'entrance',
    'a NodePort that is not there',
    (o) => {
      delete find(o, 'TargetGroupConfiguration', 'gateway-http').spec.defaultConfiguration?.targetType
    },
  ],
  [
    'entrance',
    'the health of a port that is closed',
    (o) => {
      Object.assign(find(o, 'TargetGroupConfiguration', 'gateway-http').spec.defaultConfiguration ?? {}, {
        healthCheckConfig: { healthCheckPath: '/readyz', healthCheckPort: '9090' },
      })
    },
  ],
  [
    'entrance',
    'a Gateway that is bound to nothing',
    (o) => {
      delete find(o, 'Gateway', 'wellgate').metadata.annotations
    },
    'aks',
  ],
  [
    'entrance',
    'the health of the readiness probe, whose port is closed',
    (o) => {
      drop(o, 'HealthCheckPolicy', 'gateway-http')
    },
    'aks',
  ],
  [
    'entrance',
    'a certificate that nobody makes',
    (o) => {
      drop(o, 'Certificate', 'gateway')
    },
    'aks',
  ],
  [
    'entrance',
    'an Ingress whose certificate nobody makes',
    (o) => {
      drop(o, 'Certificate', 'gateway')
    },
    'onprem',
  ],
]

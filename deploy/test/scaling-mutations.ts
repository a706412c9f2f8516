import type { KubeObject } from '../src/render/objects.ts'
import { drop, find, hpaOf, http, map } from './parts.ts'

// Each breaks one thing of how many there are, and where; its policy must say so.
export const scalingMutations: readonly [string, string, (objects: KubeObject[]) => void][] = [
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
]

import type { KubeObject } from '../src/render/objects.ts'
import { drop, find, triggerOf } from './parts.ts'

// Each breaks one thing of what Kafka is told; its policy must say so.
export const kafkaMutations: readonly [string, string, (objects: KubeObject[]) => void][] = [
  [
    'topics',
    'one is missing',
    (o) => {
      drop(o, 'KafkaTopic', 'import')
    },
  ],
  [
    'topics',
    'fewer partitions',
    (o) => {
      find(o, 'KafkaTopic', 'import').spec.partitions = 3
    },
  ],
  [
    'topics',
    'compacted',
    (o) => {
      ;(find(o, 'KafkaTopic', 'import').spec.config ??= {})['cleanup.policy'] = 'compact'
    },
  ],
  [
    'topics',
    "nobody's",
    (o) => {
      o.push({ ...find(o, 'KafkaTopic', 'import'), metadata: { name: 'gossip' } })
    },
  ],
  [
    'users',
    'a right too many',
    (o) => {
      find(o, 'KafkaUser', 'appointments-kafka').spec.authorization?.acls[0]?.operations.push('Write')
    },
  ],
  [
    'users',
    'a right too few',
    (o) => {
      find(o, 'KafkaUser', 'records-kafka').spec.authorization?.acls.pop()
    },
  ],
  [
    'triggers',
    "another's group",
    (o) => {
      triggerOf(o)['consumerGroup'] = 'patients'
    },
  ],
  [
    'triggers',
    'a topic it does not read',
    (o) => {
      triggerOf(o)['topic'] = 'invoice'
    },
  ],
  [
    'triggers',
    'one twice',
    (o) => {
      find(o, 'ScaledObject', 'records-consumers').spec.triggers?.push({ type: 'kafka', metadata: triggerOf(o) })
    },
  ],
  [
    'users',
    'a right twice',
    (o) => {
      const acls = find(o, 'KafkaUser', 'records-kafka').spec.authorization?.acls
      acls?.push(...acls.slice(0, 1))
    },
  ],
  [
    'operated',
    'a broker that may not write to its volume',
    (o) => {
      delete find(o, 'KafkaNodePool', 'brokers').spec.template.pod?.securityContext?.['fsGroup']
    },
  ],
  [
    'operated',
    'an operator that Pod Security refuses',
    (o) => {
      delete find(o, 'Kafka', 'wellgate').spec.entityOperator?.template?.userOperatorContainer
    },
  ],
]

import { allEvents } from '@wellgate/shared/contracts/all-events'
import { RETENTION_DAYS, topicsOf } from '@wellgate/shared/messaging/topics'
import { ofKind, sides, type Acl, type KubeObject } from '../render/objects.ts'
import { containerFaults, podFaults } from './pods.ts'
import type { Policy } from './policy.ts'

/** Topics are those of the contracts, kept as long as they say, on three brokers of which two have every record. */
export const topics: Policy = (objects, { overlay }) => {
  if (overlay === 'local') return []
  const given = new Map(ofKind(objects, 'KafkaTopic').map((object) => [object.metadata.name, object]))
  const wanted = topicsOf(allEvents)
  return [
    ...wanted.flatMap(({ name, partitions }) => {
      const spec = given.get(name)?.spec
      if (!spec) return [`KafkaTopic/${name} is missing`]
      const config = spec.config ?? {}
      return [
        spec.partitions === partitions
          ? ''
          : `KafkaTopic/${name}: ${spec.partitions} partitions, the contracts say ${partitions}`,
        Number(spec.replicas) === 3 && Number(config['min.insync.replicas']) === 2
          ? ''
          : `KafkaTopic/${name}: not 2 of 3 copies`,
        Number(config['retention.ms']) === RETENTION_DAYS * 86_400_000
          ? ''
          : `KafkaTopic/${name}: not kept ${RETENTION_DAYS} days`,
        config['cleanup.policy'] === 'delete' ? '' : `KafkaTopic/${name}: compacted`,
      ].filter(Boolean)
    }),
    ...[...given.keys()]
      .filter((name) => !wanted.some((topic) => topic.name === name))
      .map((name) => `KafkaTopic/${name}: no event goes there`),
  ]
}

const rightsOf = (acls: readonly Acl[]): string[] =>
  acls
    .flatMap(({ resource, operations }) =>
      operations.map((operation) => `${operation} ${resource.type} ${resource.name}`),
    )
    .toSorted()

/** What the contracts let a service do. */
function wantedRights(service: string): string[] {
  const onTopics = topicsOf(allEvents).flatMap(({ name, producers, readers }) => {
    const writes = (producers as readonly string[]).includes(service)
    const reads = (readers as readonly string[]).includes(service)
    return [
      ...(writes || reads ? [`Describe topic ${name}`] : []),
      ...(reads ? [`Read topic ${name}`] : []),
      ...(writes ? [`Write topic ${name}`] : []),
    ]
  })
  return [...onTopics, `Read group ${service}`, `Read group ${service}.access`].toSorted()
}

const differences = (name: string, given: readonly string[], wanted: readonly string[]): string[] => [
  ...wanted.filter((right) => !given.includes(right)).map((right) => `${name}: lacks ${right}`),
  ...given
    .filter((right) => !wanted.includes(right))
    .map((right) => `${name}: has ${right}, which no contract asks for`),
  ...given.filter((right, at) => given.indexOf(right) !== at).map((right) => `${name}: has ${right} twice`),
]

/** Each service is a user that may do what its contracts declare; KEDA may look and read nothing. */
export const users: Policy = (objects, { overlay }) => {
  if (overlay === 'local') return []
  const given = new Map(
    ofKind(objects, 'KafkaUser').map(({ metadata, spec }) => [metadata.name, rightsOf(spec.authorization?.acls ?? [])]),
  )
  const services = [...new Set(sides(objects).map(({ service }) => service))].filter((service) => service !== 'gateway')
  const known = [...services.map((service) => `${service}-kafka`), 'keda']
  return [
    ...services.flatMap((service) =>
      differences(`KafkaUser/${service}-kafka`, given.get(`${service}-kafka`) ?? [], wantedRights(service)),
    ),
    ...differences('KafkaUser/keda', given.get('keda') ?? [], ['Describe group *', 'Describe topic *']),
    ...[...given.keys()].filter((name) => !known.includes(name)).map((name) => `KafkaUser/${name}: nobody's`),
  ]
}

/** A consumer side is scaled by groups and topics of its own service. */
export const triggers: Policy = (objects: readonly KubeObject[]) =>
  ofKind(objects, 'ScaledObject').flatMap(({ metadata, spec }) => {
    const service = metadata.labels?.['app.kubernetes.io/name'] ?? ''
    const rights = wantedRights(service)
    const asked = (spec.triggers ?? []).map(({ metadata: { consumerGroup = '', topic = '' } }) => ({
      consumerGroup,
      topic,
    }))
    return asked.flatMap(({ consumerGroup, topic }, at) => {
      const first = asked.findIndex((one) => one.consumerGroup === consumerGroup && one.topic === topic)
      return [
        first === at ? '' : `ScaledObject/${metadata.name}: ${topic} is counted twice`,
        rights.includes(`Read group ${consumerGroup}`)
          ? ''
          : `ScaledObject/${metadata.name}: ${consumerGroup} is not its group`,
        rights.includes(`Read topic ${topic}`) ? '' : `ScaledObject/${metadata.name}: it does not read ${topic}`,
      ].filter(Boolean)
    })
  })

/**
 * What Strimzi makes runs under Pod Security `restricted`, of which it sees to nothing itself: by its default provider a
 * container has no security context, and a pod that is given one has lost the group that its volume is mounted for.
 */
export const operated: Policy = (objects) => [
  ...ofKind(objects, 'KafkaNodePool').flatMap(({ metadata, spec }) => {
    const { pod, kafkaContainer } = spec.template
    return named(`KafkaNodePool/${metadata.name}`, [
      ...podFaults(pod?.securityContext),
      ...(typeof pod?.securityContext?.['fsGroup'] === 'number' ? [] : ['may not write to its volume']),
      ...containerFaults(kafkaContainer?.securityContext),
    ])
  }),
  ...ofKind(objects, 'Kafka').flatMap(({ metadata, spec }) => {
    const { pod, topicOperatorContainer, userOperatorContainer } = spec.entityOperator?.template ?? {}
    const name = `Kafka/${metadata.name}`
    return [
      ...named(name, podFaults(pod?.securityContext)),
      ...named(`${name} topicOperator`, containerFaults(topicOperatorContainer?.securityContext)),
      ...named(`${name} userOperator`, containerFaults(userOperatorContainer?.securityContext)),
    ]
  }),
]

const named = (name: string, faults: readonly string[]): string[] => faults.map((fault) => `${name}: ${fault}`)

import { allEvents } from '@wellgate/shared/contracts/all-events'
import { SERVICES } from '@wellgate/shared/contracts/services'
import { serviceKeyId, topicKeyIds } from '@wellgate/shared/runtime/keyrings'
import { appOf, ofKind, selects, sides, workloads, type KubeObject, type Relabeling } from '../render/objects.ts'
import type { Policy } from './policy.ts'

/** Made by operators, not by us: Strimzi's CA; the users' Secrets follow from the KafkaUsers. */
const BY_OPERATORS = ['wellgate-cluster-ca-cert']

const namesOf = (objects: readonly KubeObject[], ...kinds: string[]): string[] =>
  ofKind(objects, ...kinds).map(({ metadata }) => metadata.name)

/** Whatever is named is there: Services' pods and ports, maps, Secrets, accounts. */
export const references: Policy = (objects, { overlay }) => {
  const secrets = [
    ...namesOf(objects, 'Secret', 'ExternalSecret', 'KafkaUser'),
    ...ofKind(objects, 'Certificate').flatMap(({ spec }) => spec.secretName ?? []),
    ...(overlay === 'local' ? [] : BY_OPERATORS),
  ]
  const maps = namesOf(objects, 'ConfigMap')
  const accounts = namesOf(objects, 'ServiceAccount')
  const missing = (workload: string, kind: string, name: string, there: readonly string[]) =>
    there.includes(name) ? [] : [`${workload}: no ${kind} ${name}`]
  return [
    ...ofKind(objects, 'Service').flatMap(({ metadata, spec }) => {
      const behind = workloads(objects).filter(({ labels }) => selects({ matchLabels: spec.selector }, labels))
      const ports = behind.flatMap(({ pod }) =>
        pod.containers.flatMap((container) => (container.ports ?? []).map(({ name }) => name)),
      )
      return [
        behind.length === 1 ? '' : `Service/${metadata.name}: ${behind.length} workloads behind it`,
        ...(spec.ports ?? []).map(({ targetPort }) =>
          ports.includes(String(targetPort)) ? '' : `Service/${metadata.name}: no port ${targetPort} behind it`,
        ),
      ].filter(Boolean)
    }),
    ...workloads(objects).flatMap(({ name, object, labels, pod }) => [
      ...(object.kind !== 'Job' && !selects(object.spec.selector, labels)
        ? [`${name}: does not select its own pods`]
        : []),
      ...(pod.serviceAccountName ? missing(name, 'ServiceAccount', pod.serviceAccountName, accounts) : []),
      ...(pod.volumes ?? []).flatMap(({ secret }) =>
        secret ? missing(name, 'Secret', secret.secretName, secrets) : [],
      ),
      ...[...pod.containers, ...(pod.initContainers ?? [])].flatMap(({ env = [], envFrom = [] }) => [
        ...envFrom.flatMap(({ configMapRef }) =>
          configMapRef ? missing(name, 'ConfigMap', configMapRef.name, maps) : [],
        ),
        ...envFrom.flatMap(({ secretRef }) => (secretRef ? missing(name, 'Secret', secretRef.name, secrets) : [])),
        ...env.flatMap(({ valueFrom }) => {
          const key = valueFrom?.secretKeyRef
          return key && !key.optional ? missing(name, 'Secret', key.name, secrets) : []
        }),
      ]),
    ]),
  ]
}

/** No secret is written down, but for a laptop's; the namespace turns away pods that are not restricted. */
export const secrets: Policy = (objects, { overlay }) => {
  const namespace = ofKind(objects, 'Namespace')[0]?.metadata.labels ?? {}
  return [
    ...(overlay === 'local'
      ? keyringProblems(objects)
      : namesOf(objects, 'Secret').map((name) => `Secret/${name} is written down`)),
    ...(namespace['pod-security.kubernetes.io/enforce'] === 'restricted' ? [] : ['the namespace takes any pod']),
    ...(/^v1\.\d+$/.test(namespace['pod-security.kubernetes.io/enforce-version'] ?? '')
      ? []
      : ['what `restricted` means is not pinned']),
  ]
}

/** A laptop's keyring has every key that the services ask for. */
function keyringProblems(objects: readonly KubeObject[]): string[] {
  return SERVICES.filter((service) => service !== 'gateway').flatMap((service) => {
    const found = ofKind(objects, 'Secret').find(({ metadata }) => metadata.name.startsWith(`${service}-secrets`))
    const text = Buffer.from(found?.data?.['keyring.json'] ?? '', 'base64').toString()
    const keys = text === '' ? {} : (JSON.parse(text) as { keys: Record<string, string> }).keys
    const wanted = [serviceKeyId(service), ...topicKeyIds(service, allEvents)]
    return wanted.filter((id) => !(id in keys)).map((id) => `Secret/${service}-secrets: its keyring lacks ${id}`)
  })
}

/** One migration Job a service, of the very image that the service runs, named after the release. */
export const migrations: Policy = (objects) => {
  const jobs = ofKind(objects, 'Job')
  const release =
    ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === 'wellgate-release')?.data?.['RELEASE'] ?? ''
  return [
    ...sides(objects)
      .filter(({ service }) => service !== 'gateway')
      .flatMap((side) => {
        const job = jobs.find(({ metadata }) => metadata.name === `${side.service}-migrate-${release}`)
        const image = job?.spec.template.spec.containers[0]?.image
        const own = appOf(side).image
        return [
          job ? '' : `${side.name}: no Job ${side.service}-migrate-${release}`,
          job && image !== own ? `${side.name}: runs ${own}, its migrations are of ${image}` : '',
          own.split('@')[0]?.endsWith(`:${release.replaceAll('-', '.')}`)
            ? ''
            : `${side.name}: ${own} is not of release ${release}`,
        ].filter(Boolean)
      }),
    ...(jobs.some(({ metadata }) => metadata.name === `wellgate-provision-${release}`)
      ? []
      : ['no provision Job of the release']),
  ]
}

const NAME_LABEL = '__meta_kubernetes_pod_label_app_kubernetes_io_name'

/** Prometheus finds every process of ours, by its port's name, and calls it as the rules do. */
export const monitoring: Policy = (objects, { overlay }) => {
  if (overlay === 'local') return []
  const monitors = ofKind(objects, 'PodMonitor')
  return sides(objects).flatMap((side) => {
    const mine = monitors.filter(({ spec }) => selects(spec.selector, side.labels))
    const ports = (appOf(side).ports ?? []).map(({ name }) => name)
    const scraped = mine
      .flatMap(({ spec }) => spec.podMetricsEndpoints ?? [])
      .filter(({ port }) => ports.includes(port))
    // Rules and dashboards ask for one job, and for `up` of a service.
    const named = (label: string, by: (relabeling: Relabeling) => boolean) =>
      scraped.every(({ relabelings = [] }) => relabelings.some((one) => one.targetLabel === label && by(one)))
    return [
      scraped.length === 1 ? '' : `${side.name}: scraped ${scraped.length} times`,
      named('job', ({ replacement }) => replacement === 'wellgate') ? '' : `${side.name}: its job is not wellgate`,
      named('service', ({ sourceLabels = [] }) => sourceLabels.includes(NAME_LABEL))
        ? ''
        : `${side.name}: up has no service`,
    ].filter(Boolean)
  })
}

import type { EntranceSpec } from './entrance-spec.ts'

/** As much of Kubernetes' objects as the checks look at; what they may hold is checked by types and schemas. */
export type Labels = Readonly<Record<string, string>>

export interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[]
}

export interface Container {
  name: string
  image: string
  args?: string[]
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: SecretKey; fieldRef?: { fieldPath: string } } }[]
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[]
  ports?: { name?: string; containerPort: number }[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  securityContext?: Record<string, unknown> & { capabilities?: { drop?: string[]; add?: string[] } }
  lifecycle?: { preStop?: { sleep?: { seconds: number } } }
  startupProbe?: Probe
  livenessProbe?: Probe
  readinessProbe?: Probe
}
export interface SecretKey {
  name: string
  key: string
  optional?: boolean
}
export interface Probe {
  httpGet?: { path: string; port: string | number }
  periodSeconds?: number
  failureThreshold?: number
  timeoutSeconds?: number
}

export interface PodSpec {
  serviceAccountName?: string
  automountServiceAccountToken?: boolean
  enableServiceLinks?: boolean
  terminationGracePeriodSeconds?: number
  hostNetwork?: boolean
  hostPID?: boolean
  hostIPC?: boolean
  securityContext?: Record<string, unknown> & { seccompProfile?: { type: string } }
  containers: Container[]
  initContainers?: Container[]
  volumes?: { name: string; secret?: { secretName: string; items?: { key: string }[] }; [kind: string]: unknown }[]
  topologySpreadConstraints?: { topologyKey: string; whenUnsatisfiable: string; labelSelector?: Selector }[]
}

export interface Template {
  metadata: { labels: Labels }
  spec: PodSpec
  /** Of a KafkaNodePool. */
  pod?: Secured<PodSpec>
  kafkaContainer?: Secured<Container>
}

/** As much of a pod or container as one tells its operator. */
type Secured<T extends PodSpec | Container> = Pick<T, 'securityContext'>

export interface OperatorTemplate {
  pod?: Secured<PodSpec>
  topicOperatorContainer?: Secured<Container>
  userOperatorContainer?: Secured<Container>
}

export interface PolicyRule {
  from?: Peer[]
  to?: Peer[]
  ports?: { port?: number | string; endPort?: number; protocol?: string }[]
}
export interface Peer {
  podSelector?: Selector
  namespaceSelector?: Selector
  ipBlock?: { cidr: string; except?: string[] }
}

export interface Trigger {
  type: string
  metadata: Record<string, string>
}

export interface Spec extends EntranceSpec {
  template: Template
  replicas?: number
  selector: Selector & Labels
  strategy?: { rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string } }
  minReadySeconds?: number
  scaleTargetRef?: { kind: string; name: string }
  minReplicas?: number
  maxReplicas?: number
  minReplicaCount?: number
  maxReplicaCount?: number
  behavior?: unknown
  fallback?: unknown
  advanced?: { horizontalPodAutoscalerConfig?: { behavior?: unknown } }
  metrics?: unknown
  triggers?: Trigger[]
  maxUnavailable?: number | string
  unhealthyPodEvictionPolicy?: string
  podSelector?: Selector
  policyTypes?: string[]
  ingress?: PolicyRule[]
  egress?: PolicyRule[]
  ports?: { name: string; port: number; targetPort: string | number }[]
  partitions?: number
  config?: Record<string, string | number>
  authorization?: { acls: Acl[] }
  /** Of a Kafka. */
  kafka?: { authorization?: { type: string }; listeners?: Listener[] }
  entityOperator?: { template?: OperatorTemplate }
  dataFrom?: { extract: { key: string } }[]
  secretName?: string
  postgresql?: { parameters?: Record<string, string> }
  podMetricsEndpoints?: { port: string; relabelings?: Relabeling[] }[]
}
export interface Relabeling {
  sourceLabels?: string[]
  targetLabel?: string
  replacement?: string
}
export interface Listener {
  name: string
  port: number
  tls: boolean
  authentication?: { type: string }
  networkPolicyPeers?: Peer[]
}
export interface Acl {
  resource: { type: string; name: string; patternType?: string }
  operations: string[]
}

export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels }
  spec: Spec
  data?: Record<string, string>
}

export interface Workload {
  readonly object: KubeObject
  readonly name: string
  /** The service, of our own workloads. */
  readonly service: string
  readonly component: string
  readonly labels: Labels
  readonly pod: PodSpec
}

export const ofKind = (objects: readonly KubeObject[], ...kinds: string[]): KubeObject[] =>
  objects.filter(({ kind }) => kinds.includes(kind))

/** All that makes pods. */
export const workloads = (objects: readonly KubeObject[]): Workload[] =>
  ofKind(objects, 'Deployment', 'StatefulSet', 'Job').map((object) => {
    const { labels } = object.spec.template.metadata
    return {
      object,
      name: `${object.kind}/${object.metadata.name}`,
      service: labels['app.kubernetes.io/name'] ?? '',
      component: labels['app.kubernetes.io/component'] ?? '',
      labels,
      pod: object.spec.template.spec,
    }
  })

/** Our own Deployments: the two sides of each service. */
export const sides = (objects: readonly KubeObject[]): Workload[] =>
  workloads(objects).filter(({ object, labels }) => object.kind === 'Deployment' && labels['app.kubernetes.io/part-of'])

/** The container that runs the service. */
export function appOf({ name, pod }: Workload): Container {
  const app = pod.containers.find((container) => container.name === 'app')
  if (!app) throw new Error(`${name} has no container app`)
  return app
}

/** Whether a selector takes these labels; an empty one takes all. */
export function selects(selector: Selector | undefined, labels: Labels): boolean {
  if (!selector) return false
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return (
    byLabel &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const has = key in labels
      if (operator === 'In') return has && values.includes(labels[key] ?? '')
      if (operator === 'NotIn') return !values.includes(labels[key] ?? '')
      return operator === 'Exists' ? has : !has
    })
  )
}

import { join } from 'node:path'
import { stringify } from 'yaml'
import { K8S, objectsOf, OVERLAYS, render } from '../render/kustomize.ts'
import type { KubeObject } from '../render/objects.ts'
import { CLOUDS } from '../schemas/crds.ts'
import type { Kubectl } from './kubectl.ts'

const NAMESPACE = 'wellgate'
const inNamespace = (...args: string[]): string[] => ['--namespace', NAMESPACE, ...args]
const DRY_RUN = ['apply', '--server-side', '--dry-run=server', '--force-conflicts', '--warnings-as-errors', '-f', '-']

type Say = (line: string) => void
const yamlOf = (objects: readonly KubeObject[]): string => objects.map((object) => stringify(object)).join('---\n')

/** A real API server takes every overlay, without a warning: strict fields, Pod Security, the CRDs with their CEL. */
export function admitsOverlays(kubectl: Kubectl, program: readonly [string, ...string[]], say: Say): void {
  kubectl.run(['apply', '--server-side', '-f', CLOUDS])
  kubectl.run(['wait', '--for=condition=Established', '--timeout=60s', '-f', CLOUDS])
  kubectl.run(['apply', '--server-side', '-f', '-'], yamlOf([namespaceOf(program)]))
  for (const name of OVERLAYS) {
    kubectl.run(DRY_RUN, render(join(K8S, 'overlays', name), program))
    say(`admitted: ${name}`)
  }
}

/** And refuses what is wrong: else the check above would mean nothing. */
export function refusesMistakes(kubectl: Kubectl, program: readonly [string, ...string[]], say: Say): void {
  const objects = objectsOf(render(join(K8S, 'overlays/eks'), program))
  const mistakes: readonly [string, string, (object: KubeObject) => void][] = [
    ['an unknown field', 'Deployment', ({ spec }) => Object.assign(spec, { replica: 3 })],
    [
      'a pod that may gain privileges',
      'Deployment',
      ({ spec }) => Object.assign(spec.template.spec.containers[0] ?? {}, { securityContext: {} }),
    ],
    [
      'a balancer of an unknown scheme',
      'LoadBalancerConfiguration',
      ({ spec }) => Object.assign(spec, { scheme: 'public' }),
    ],
    ['a topic of text', 'KafkaTopic', ({ spec }) => Object.assign(spec, { partitions: 'twelve' })],
    [
      'a user with validity but no certificate (CEL)',
      'KafkaUser',
      ({ spec }) => Object.assign(spec, { authentication: { type: 'scram-sha-512', validityDays: 3 } }),
    ],
  ]
  for (const [what, kind, spoil] of mistakes) {
    const object = objects.find((one) => one.kind === kind)
    if (!object) throw new Error(`eks has no ${kind}`)
    const spoiled = structuredClone(object)
    spoil(spoiled)
    if (kubectl.refused(DRY_RUN, yamlOf([spoiled])) === null) throw new Error(`the API server takes ${what}`)
    say(`refused: ${what}`)
  }
}

interface Deployment {
  readonly status: { readonly readyReplicas?: number; readonly updatedReplicas?: number }
}
interface Items {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace?: string } }[]
}

/** The overlay of EKS for real: rollouts end, evictions pass one at a time, autoscalers find what they scale. */
export async function livesIn(kubectl: Kubectl, program: readonly [string, ...string[]], say: Say): Promise<void> {
  kubectl.run(['apply', '--server-side', '--force-conflicts', '-f', '-'], render(join(K8S, 'overlays/eks'), program))
  const { items } = kubectl.json<Items>(inNamespace('get', 'deployments'))
  for (const { metadata } of items)
    kubectl.run(inNamespace('rollout', 'status', `deployment/${metadata.name}`, '--timeout=180s'))
  say(`rolled out: ${items.length} Deployments`)

  const ready = () =>
    kubectl.json<Deployment>(inNamespace('get', 'deployment', 'patients-http')).status.readyReplicas ?? 0
  await kubectl.until('the autoscaler of patients-http brings a second pod', 90, () => ready() >= 2)
  say('HPA: patients-http has its two pods')

  // The simulated kubelets say 1m CPU until told otherwise.
  const pods = ['-l', 'app.kubernetes.io/name=patients,app.kubernetes.io/component=http']
  kubectl.run(inNamespace('annotate', 'pods', ...pods, 'kwok.x-k8s.io/usage-cpu=200m', '--overwrite'))
  await kubectl.until('the autoscaler of patients-http answers to load', 120, () => ready() > 2)
  say(`HPA: its target resolves; ${ready()} pods under load`)

  await evictions(kubectl, pods, say)

  kubectl.run(inNamespace('set', 'image', 'deployment/records-http', 'app=registry.example.org/wellgate/records:0.1.1'))
  kubectl.run(inNamespace('rollout', 'status', 'deployment/records-http', '--timeout=180s'))
  kubectl.run(inNamespace('rollout', 'undo', 'deployment/records-http'))
  kubectl.run(inNamespace('rollout', 'status', 'deployment/records-http', '--timeout=180s'))
  say('rollout and undo: records-http')
}

/** Two at once: the budget lets one go and holds the other until there is a replacement. */
async function evictions(kubectl: Kubectl, pods: readonly string[], say: Say): Promise<void> {
  const [first, second] = kubectl.json<Items>(inNamespace('get', 'pods', ...pods)).items
  if (!first || !second) throw new Error('patients-http has fewer than two pods')
  const evict = (name: string): string | null =>
    kubectl.refused(
      ['create', '--raw', `/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`, '-f', '-'],
      JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: NAMESPACE } }),
    )
  const one = evict(first.metadata.name)
  if (one !== null) throw new Error(`the first eviction was refused: ${one}`)
  const other = evict(second.metadata.name)
  if (other !== null && !/disruption budget/.test(other)) throw new Error(`the second eviction: ${other}`)
  if (other !== null)
    await kubectl.until('the second eviction is let through', 60, () => evict(second.metadata.name) === null)
  say(`evictions: one at a time${other === null ? ' (the replacement was there at once)' : ', the second waited'}`)
}

function namespaceOf(program: readonly [string, ...string[]]): KubeObject {
  const found = objectsOf(render(join(K8S, 'overlays/eks'), program)).find(({ kind }) => kind === 'Namespace')
  if (!found) throw new Error('eks has no Namespace')
  return found
}

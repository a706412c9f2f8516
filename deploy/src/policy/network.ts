import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { K8S } from '../render/kustomize.ts'
import {
  ofKind,
  selects,
  workloads,
  type KubeObject,
  type Labels,
  type Peer,
  type PolicyRule,
} from '../render/objects.ts'
import type { Policy } from './policy.ts'

/** A pod of ours, or something outside of the namespace. */
interface End {
  readonly name: string
  readonly pod: Labels
  readonly namespace: Labels | 'ours'
  /** Comes from, or is reached at, an address rather than as a pod. */
  readonly address?: 'source' | 'target'
}

const PORTS = [53, 443, 4318, 5432, 8080, 9090, 9093] as const

/** Every address but the private ones: where the payment processor is. */
const INTERNET = '0.0.0.0/0'

function endsOf(objects: readonly KubeObject[]): End[] {
  const named = (name: string): Labels => ({ 'kubernetes.io/metadata.name': name })
  const has = (backing: string) => workloads(objects).some(({ labels }) => labels['wellgate.dev/backing'] === backing)
  const managed = !has('postgres') && ofKind(objects, 'Cluster').length === 0
  return [
    ...workloads(objects)
      .filter(({ service }) => service !== '')
      .map(({ service, component, labels }) => ({
        name: service === component ? service : `${service}/${component}`,
        pod: labels,
        namespace: 'ours' as const,
      })),
    {
      name: 'postgres',
      pod: managed ? {} : { 'wellgate.dev/backing': 'postgres' },
      namespace: managed ? {} : 'ours',
      ...(managed ? { address: 'target' as const } : {}),
    },
    { name: 'kafka', pod: { 'wellgate.dev/backing': 'kafka', 'strimzi.io/cluster': 'wellgate' }, namespace: 'ours' },
    { name: 'dns', pod: { 'k8s-app': 'kube-dns' }, namespace: named('kube-system') },
    { name: 'monitoring', pod: {}, namespace: named('monitoring') },
    { name: 'outside', pod: {}, namespace: { 'wellgate.dev/ingress': 'true' }, address: 'source' },
    { name: 'internet', pod: {}, namespace: {}, address: 'target' },
    { name: 'stranger', pod: {}, namespace: named('default') },
    { name: 'neighbour', pod: { 'app.kubernetes.io/name': 'neighbour' }, namespace: 'ours' },
  ]
}

const isPeer = (peer: Peer, end: End): boolean => {
  if (peer.ipBlock) {
    if (end.address !== 'target') return end.address !== undefined
    return (end.name === 'internet') === (peer.ipBlock.cidr === INTERNET)
  }
  const inNamespace = peer.namespaceSelector
    ? end.namespace !== 'ours' && selects(peer.namespaceSelector, end.namespace)
    : end.namespace === 'ours'
  return inNamespace && (peer.podSelector ? selects(peer.podSelector, end.pod) : true)
}

const covers = ({ port, endPort }: NonNullable<PolicyRule['ports']>[number], wanted: number): boolean =>
  port === undefined || port === wanted || (Number(port) <= wanted && wanted <= (endPort ?? 0))

const allows = (rule: PolicyRule, peers: Peer[] | undefined, end: End, port: number): boolean =>
  (!peers || peers.length === 0 || peers.some((peer) => isPeer(peer, end))) &&
  (!rule.ports || rule.ports.some((allowed) => covers(allowed, port)))

/** Whether the policies let `from` open a connection to `to`. Outside of the namespace, others decide. */
function passes(policies: readonly KubeObject[], from: End, to: End, port: number): boolean {
  const open = (end: End, other: End, type: 'Ingress' | 'Egress'): boolean => {
    if (end.namespace !== 'ours') return true
    const mine = policies.filter(
      ({ spec }) => selects(spec.podSelector, end.pod) && (spec.policyTypes ?? []).includes(type),
    )
    if (mine.length === 0) return true
    return mine.some(({ spec }) =>
      type === 'Egress'
        ? (spec.egress ?? []).some((rule) => allows(rule, rule.to, other, port))
        : (spec.ingress ?? []).some((rule) => allows(rule, rule.from, other, port)),
    )
  }
  return open(from, to, 'Egress') && open(to, from, 'Ingress')
}

/** `from -> to:port` of all that the policies allow and that begins or ends at a process of ours. */
export function allowedEdges(objects: readonly KubeObject[]): string[] {
  const policies = ofKind(objects, 'NetworkPolicy')
  const ends = endsOf(objects)
  const ours = new Set(workloads(objects).map(({ labels }) => labels))
  return ends
    .flatMap((from) =>
      ends
        .filter(
          (to) =>
            to !== from &&
            from.address !== 'target' &&
            to.address !== 'source' &&
            (ours.has(from.pod) || ours.has(to.pod)),
        )
        .flatMap((to) =>
          PORTS.filter((port) => passes(policies, from, to, port)).map((port) => `${from.name} -> ${to.name}:${port}`),
        ),
    )
    .toSorted()
}

/** The edges of deploy/k8s/README.md. `*` stands for every service with a database. */
export function documentedEdges(objects: readonly KubeObject[]): string[] {
  const text = readFileSync(join(K8S, 'README.md'), 'utf8')
  const table = text.slice(text.indexOf('## Who may talk to whom'))
  const rows = [...table.matchAll(/^\| (`.*?) \| (`.*?) \| ([\d, ]+) \|/gm)]
  const names = endsOf(objects).map(({ name }) => name)
  const expand = (cell = ''): string[] =>
    [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, pattern = '']) =>
      names.filter((name) => {
        const [service, component] = name.split('/')
        const [wanted, side] = pattern.split('/')
        return (
          name === pattern || (wanted === '*' && component !== undefined && component === side && service !== 'gateway')
        )
      }),
    )
  const edges = rows.flatMap(([, from, to, ports = '']) =>
    expand(from).flatMap((source) =>
      expand(to).flatMap((target) => ports.split(',').map((port) => `${source} -> ${target}:${port.trim()}`)),
    ),
  )
  return [...new Set(edges)].filter((edge) => !/^(\S+) -> \1:/.test(edge)).toSorted()
}

/** The policies allow what the docs say, and nothing else; and no rule is open to everything. */
export const network: Policy = (objects, { overlay }) => {
  const allowed = allowedEdges(objects)
  // A laptop has no Prometheus; topics are the operator's elsewhere.
  const here = (edge: string) => overlay !== 'local' || !edge.includes('monitoring')
  const said = documentedEdges(objects).filter(here)
  const open = ofKind(objects, 'NetworkPolicy').flatMap(({ metadata, spec }) =>
    [...(spec.ingress ?? []), ...(spec.egress ?? [])].some(
      (rule) => !rule.from?.length && !rule.to?.length && !rule.ports?.length,
    )
      ? [`NetworkPolicy/${metadata.name}: a rule without peers and ports`]
      : [],
  )
  return [
    ...allowed.filter((edge) => !said.includes(edge)).map((edge) => `allowed and not documented: ${edge}`),
    ...said.filter((edge) => !allowed.includes(edge)).map((edge) => `documented and not allowed: ${edge}`),
    ...open,
  ]
}

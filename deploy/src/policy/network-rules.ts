import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OVERLAYS, type Overlay } from '../render/kustomize.ts'
import { ofKind, type KubeObject, type Peer, type PolicyRule, type Selector } from '../render/objects.ts'
import type { Policy } from './policy.ts'

/** What every rule of every overlay opens; `UPDATE_GOLDEN=1` with policy.test.ts writes it, a reviewer reads the diff. */
export const GOLDEN = join(import.meta.dirname, '../../golden/network.txt')

const short = (key: string): string => key.replace('app.kubernetes.io/', '')

function selectorText({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${short(key)}=${value}`)
  const expressions = matchExpressions.map(({ key, operator, values = [] }) =>
    operator === 'In' && values.length === 1
      ? `${short(key)}=${values[0]}`
      : `${short(key)} ${operator} (${values.toSorted().join(' ')})`,
  )
  return [...labels, ...expressions].toSorted().join(', ') || 'all pods'
}

function peerText({ ipBlock, namespaceSelector, podSelector }: Peer): string {
  if (ipBlock) return ipBlock.except ? `${ipBlock.cidr} except ${ipBlock.except.join(' ')}` : ipBlock.cidr
  const pods = podSelector ? selectorText(podSelector) : 'all pods'
  if (!namespaceSelector) return pods
  const namespace = selectorText(namespaceSelector)
  return `${pods} of namespaces ${namespace === 'all pods' ? 'of any name' : namespace}`
}

const portsText = ({ ports }: PolicyRule): string =>
  ports?.length
    ? ports
        .map(({ port, endPort, protocol = 'TCP' }) => `${port ?? 'any'}${endPort ? `-${endPort}` : ''}/${protocol}`)
        .toSorted()
        .join(' ')
    : 'any port'

/** `pods <- peer: ports` and `pods -> peer: ports` of all rules, sorted: whole peers and ports, nothing tried out. */
export function networkRules(objects: readonly KubeObject[]): string[] {
  const lines = ofKind(objects, 'NetworkPolicy').flatMap(({ spec }) => {
    const pods = selectorText(spec.podSelector ?? {})
    const open = (arrow: string, rule: PolicyRule, peers: Peer[] = []) =>
      (peers.length === 0 ? ['anybody'] : peers.map(peerText)).map(
        (peer) => `${pods} ${arrow} ${peer}: ${portsText(rule)}`,
      )
    return [
      ...(spec.ingress ?? []).flatMap((rule) => open('<-', rule, rule.from)),
      ...(spec.egress ?? []).flatMap((rule) => open('->', rule, rule.to)),
    ]
  })
  return [...new Set(lines)].toSorted()
}

/** The golden file's text: each rule once, after the overlays that have it. */
export function goldenText(rulesOf: (overlay: Overlay) => readonly string[]): string {
  const owners = new Map<string, Overlay[]>()
  for (const overlay of OVERLAYS)
    for (const rule of rulesOf(overlay)) owners.set(rule, [...(owners.get(rule) ?? []), overlay])
  const lines = [...owners].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return lines
    .map(([rule, overlays]) => `${overlays.length === OVERLAYS.length ? 'all' : overlays.join(',')} | ${rule}\n`)
    .join('')
}

function expectedRules(overlay: Overlay): string[] {
  if (!existsSync(GOLDEN)) return []
  const lines = readFileSync(GOLDEN, 'utf8').trim().split('\n')
  return lines.flatMap((line) => {
    const [owners = '', rule = ''] = line.split(' | ')
    return owners === 'all' || owners.split(',').includes(overlay) ? [rule] : []
  })
}

/** Without it, a pod that no other policy names may talk to anybody, one way or both. */
const deniesByDefault = ({ spec }: KubeObject): boolean =>
  selectorText(spec.podSelector ?? {}) === 'all pods' &&
  ['Ingress', 'Egress'].every((type) => spec.policyTypes?.includes(type))

/** Every rule is one that was read and committed, to the last address and port; all else is denied. */
export const rules: Policy = (objects, { overlay }) => {
  const given = networkRules(objects)
  const wanted = expectedRules(overlay)
  return [
    ...(ofKind(objects, 'NetworkPolicy').some(deniesByDefault) ? [] : ['nothing denies all pods both ways']),
    ...given.filter((rule) => !wanted.includes(rule)).map((rule) => `open, and not in golden/network.txt: ${rule}`),
    ...wanted.filter((rule) => !given.includes(rule)).map((rule) => `in golden/network.txt, and not open: ${rule}`),
  ]
}

import type { KubeObject, PolicyRule } from '../src/render/objects.ts'
import { drop, find } from './parts.ts'

const policy = (objects: readonly KubeObject[], name: string) => find(objects, 'NetworkPolicy', name).spec
const anybody = '0.0.0.0/0'
const toAnybody = (ports: PolicyRule['ports'] = []): PolicyRule => ({ to: [{ ipBlock: { cidr: anybody } }], ports })

/** A rule that opens more than was agreed, in each way that one can be written. */
export const networkMutations: readonly [string, string, (objects: KubeObject[]) => void][] = [
  [
    'network',
    'anybody may call',
    (o) => {
      find(o, 'NetworkPolicy', 'patients-http').spec.ingress = [{ ports: [{ port: 8080 }] }]
    },
  ],
  [
    'network',
    'nothing is denied',
    (o) => {
      drop(o, 'NetworkPolicy', 'default-deny')
      drop(o, 'NetworkPolicy', 'patients-consumers')
    },
  ],
  [
    'network',
    'no way to identity',
    (o) => {
      find(o, 'NetworkPolicy', 'patients-http').spec.egress?.pop()
    },
  ],
  [
    'network',
    'no scrapes',
    (o) => {
      drop(o, 'NetworkPolicy', 'monitoring')
    },
  ],
  [
    'rules',
    'the private addresses are reached as the processor',
    (o) => {
      delete policy(o, 'billing-processor').egress?.[0]?.to?.[0]?.ipBlock?.except
    },
  ],
  [
    'rules',
    'the gateway is open to the world',
    (o) => {
      policy(o, 'from-outside').ingress = [{ from: [{ ipBlock: { cidr: anybody } }], ports: [{ port: 8080 }] }]
    },
  ],
  [
    'rules',
    'half of the internet is the database',
    (o) => {
      policy(o, 'postgres-managed').egress = [{ to: [{ ipBlock: { cidr: '0.0.0.0/1' } }], ports: [{ port: 5432 }] }]
    },
  ],
  ...[22, 80, 25].map((port): (typeof networkMutations)[number] => [
    'rules',
    `a service reaches anybody on ${port}`,
    (o) => {
      policy(o, 'records-http').egress?.push(toAnybody([{ port, protocol: 'TCP' }]))
    },
  ]),
  [
    'rules',
    'a range of ports',
    (o) => {
      policy(o, 'records-http').egress?.push(toAnybody([{ port: 1, endPort: 65_535, protocol: 'TCP' }]))
    },
  ],
  [
    'rules',
    'a range of ports to a pod of ours',
    (o) => {
      policy(o, 'records-http').ingress?.[0]?.ports?.push({ port: 8081, endPort: 9000 })
    },
  ],
  [
    'rules',
    'another protocol',
    (o) => {
      Object.assign(policy(o, 'records-http').egress?.[1]?.ports?.[0] ?? {}, { protocol: 'UDP' })
    },
  ],
  ...[9092, 9094].map((port): (typeof networkMutations)[number] => [
    'rules',
    `Kafka answers anybody on ${port}`,
    (o) => {
      policy(o, 'kafka').ingress?.push({ ports: [{ port, protocol: 'TCP' }] })
    },
  ]),
  [
    'rules',
    'a rule is for more pods',
    (o) => {
      policy(o, 'billing-processor').podSelector = {}
    },
  ],
  [
    'rules',
    'default-deny is gone',
    (o) => {
      drop(o, 'NetworkPolicy', 'default-deny')
    },
  ],
  [
    'rules',
    'default-deny is of one direction',
    (o) => {
      policy(o, 'default-deny').policyTypes = ['Ingress']
    },
  ],
  [
    'rules',
    'default-deny is of some pods',
    (o) => {
      policy(o, 'default-deny').podSelector = { matchLabels: { 'app.kubernetes.io/part-of': 'wellgate' } }
    },
  ],
  [
    'rules',
    'a way that the golden file has is closed',
    (o) => {
      policy(o, 'kafka').ingress?.pop()
    },
  ],
  [
    'listeners',
    'rights are not asked for',
    (o) => {
      delete find(o, 'Kafka', 'wellgate').spec.kafka?.authorization
    },
  ],
  [
    'listeners',
    'a user above all rights',
    (o) => {
      Object.assign(find(o, 'Kafka', 'wellgate').spec.kafka?.authorization ?? {}, { superUsers: ['billing-kafka'] })
    },
  ],
  [
    'listeners',
    'a listener that asks nobody who they are',
    (o) => {
      find(o, 'Kafka', 'wellgate').spec.kafka?.listeners?.push({ name: 'plain', port: 9092, tls: false })
    },
  ],
  [
    'listeners',
    "Strimzi's own policy lets everybody to a listener",
    (o) => {
      delete find(o, 'Kafka', 'wellgate').spec.kafka?.listeners?.[0]?.networkPolicyPeers
    },
  ],
]

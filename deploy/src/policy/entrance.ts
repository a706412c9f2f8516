import { ofKind, type KubeObject } from '../render/objects.ts'
import type { Policy } from './policy.ts'

const AZURE = 'alb.networking.azure.io'

/** The ports of the gateway that are open to the outside. */
const openPorts = (objects: readonly KubeObject[]): unknown[] =>
  ofKind(objects, 'NetworkPolicy')
    .filter(({ metadata }) => metadata.name === 'from-outside')
    .flatMap(({ spec }) => spec.ingress ?? [])
    .flatMap(({ ports = [] }) => ports.map(({ port }) => port))

/** Which Services a Gateway's routes lead to. */
const backends = (objects: readonly KubeObject[]): string[] =>
  ofKind(objects, 'HTTPRoute').flatMap(({ spec }) =>
    (spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs.map(({ name }) => name)),
  )

/** The AWS Load Balancer Controller: by default internal, to nodes' ports, and blind to Secrets with certificates. */
function onAws(objects: readonly KubeObject[], gateway: KubeObject): string[] {
  const parameters = gateway.spec.infrastructure?.parametersRef?.name
  const balancer = ofKind(objects, 'LoadBalancerConfiguration').find(({ metadata }) => metadata.name === parameters)
  const listeners = balancer?.spec.listenerConfigurations ?? []
  return [
    balancer?.spec.scheme === 'internet-facing' ? '' : 'its balancer is not for the internet',
    listeners.some(({ protocolPort, defaultCertificate }) => protocolPort === 'HTTPS:443' && defaultCertificate)
      ? ''
      : 'its balancer has no certificate',
    ...backends(objects).map((service) => {
      const target = ofKind(objects, 'TargetGroupConfiguration').find(
        ({ spec }) => spec.targetReference?.name === service,
      )?.spec.defaultConfiguration
      if (target?.targetType !== 'ip') return `${service} has no NodePort, and its targets are not its pods' addresses`
      const { healthCheckPath, healthCheckPort } = target.healthCheckConfig ?? {}
      return healthCheckPath && openPorts(objects).includes(Number(healthCheckPort))
        ? ''
        : `the health of ${service} is asked on ${healthCheckPort}, which is not open`
    }),
  ]
}

/** Application Gateway for Containers: bound by annotation; without a policy it asks as the readiness probe does. */
function onAzure(objects: readonly KubeObject[], { metadata: { annotations = {} } }: KubeObject): string[] {
  const bound =
    `${AZURE}/alb-id` in annotations || (`${AZURE}/alb-namespace` in annotations && `${AZURE}/alb-name` in annotations)
  return [
    bound ? '' : 'is bound to no load balancer',
    ...backends(objects).map((service) => {
      const check = ofKind(objects, 'HealthCheckPolicy').find(({ spec }) => spec.targetRef?.name === service)?.spec
        .default
      return check?.http?.path && openPorts(objects).includes(check.port)
        ? ''
        : `the health of ${service} is asked on ${check?.port ?? 'the port of its readiness probe'}, which is not open`
    }),
  ]
}

/** Whoever terminates TLS has a certificate, finds our pods, and may ask them how they are. */
export const entrance: Policy = (objects, { overlay }) => {
  // A laptop's Ingress shows its controller's own certificate.
  if (overlay === 'local') return []
  const certificates = ofKind(objects, 'Certificate').map(({ spec }) => spec.secretName)
  const wanted = [
    ...ofKind(objects, 'Gateway').flatMap(({ spec }) =>
      (spec.listeners ?? []).flatMap(({ tls }) => (tls?.certificateRefs ?? []).map(({ name }) => name)),
    ),
    ...ofKind(objects, 'Ingress').flatMap(({ spec }) => (spec.tls ?? []).map(({ secretName }) => secretName)),
  ]
  return [
    ...ofKind(objects, 'Gateway').flatMap((gateway) => {
      const { gatewayClassName = '' } = gateway.spec
      const checks = { 'amazon-alb': onAws, 'azure-alb-external': onAzure }[gatewayClassName] ?? (() => [])
      return checks(objects, gateway)
        .filter(Boolean)
        .map((complaint) => `Gateway/${gateway.metadata.name}: ${complaint}`)
    }),
    ...wanted.filter((name) => !certificates.includes(name)).map((name) => `no Certificate makes ${name}`),
  ]
}

import { isDeepStrictEqual } from 'node:util'
import { ofKind, type KubeObject, type Peer } from '../render/objects.ts'
import type { Policy } from './policy.ts'

/** Whom our own policy lets to a port of the brokers. */
const admitted = (objects: readonly KubeObject[], port: number): Peer[] =>
  ofKind(objects, 'NetworkPolicy')
    .filter(({ metadata }) => metadata.name === 'kafka')
    .flatMap(({ spec }) => spec.ingress ?? [])
    .filter(({ ports = [] }) => ports.some((one) => one.port === port))
    .flatMap(({ from = [] }) => from)

/**
 * A broker asks everybody who they are and what they may: the users' rights mean something. And what Strimzi's own
 * NetworkPolicy opens, which comes beside ours, is no more than ours does.
 */
export const listeners: Policy = (objects) =>
  ofKind(objects, 'Kafka').flatMap(({ metadata, spec: { kafka } }) => {
    const name = `Kafka/${metadata.name}`
    return [
      ...(isDeepStrictEqual(kafka?.authorization, { type: 'simple' }) ? [] : [`${name}: rights are not asked for`]),
      ...(kafka?.listeners ?? []).flatMap((listener) => [
        ...(listener.tls ? [] : [`${name} ${listener.name}: not by TLS`]),
        ...(listener.authentication?.type === 'scram-sha-512'
          ? []
          : [`${name} ${listener.name}: no user is asked for`]),
        ...(isDeepStrictEqual(listener.networkPolicyPeers, admitted(objects, listener.port))
          ? []
          : [`${name} ${listener.name}: networkPolicyPeers are not those of NetworkPolicy/kafka`]),
      ]),
    ]
  })

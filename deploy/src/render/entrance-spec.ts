interface Reference {
  name: string
}

/** As much of what leads in from outside, and of the clouds' resources beside it, as the checks look at. */
export interface EntranceSpec {
  /** Of a Gateway. */
  gatewayClassName?: string
  infrastructure?: { parametersRef?: Reference }
  listeners?: { tls?: { certificateRefs?: Reference[] } }[]
  /** Of an HTTPRoute. */
  rules?: { backendRefs?: Reference[] }[]
  /** Of an Ingress. */
  tls?: { secretName: string }[]
  /** Of a LoadBalancerConfiguration. */
  scheme?: string
  listenerConfigurations?: { protocolPort: string; defaultCertificate?: string }[]
  /** Of a TargetGroupConfiguration. */
  targetReference?: Reference
  defaultConfiguration?: {
    targetType?: string
    healthCheckConfig?: { healthCheckPath?: string; healthCheckPort?: string }
  }
  /** Of a HealthCheckPolicy. */
  targetRef?: Reference
  default?: { port?: number; http?: { path?: string } }
}

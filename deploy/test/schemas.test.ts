import process from 'node:process'
import { describe, expect, test } from 'vitest'
import { crdsDir, crdValidator } from '../src/schemas/crds.ts'
import { typeErrors } from '../src/schemas/types.ts'
import type { KubeObject } from '../src/render/objects.ts'
import { canRender, overlay, OVERLAYS, SKIP_NOTE } from './rendered.ts'

/** An object with one field changed, the path in dots. */
function changed(object: KubeObject, path: string, value: unknown): KubeObject {
  const copy = structuredClone(object)
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  let at = copy as unknown as Record<string, unknown>
  for (const step of steps) at = at[step] as Record<string, unknown>
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}
const first = (objects: readonly KubeObject[], kind: string): KubeObject => {
  const found = objects.find((object) => object.kind === kind)
  if (!found) throw new Error(`no ${kind}`)
  return found
}

/** Every overlay is rendered, and the compiler reads the types of all of Kubernetes. */
const RENDERED_MS = 120_000

describe.runIf(canRender)(`types of deploy/k8s${SKIP_NOTE}`, () => {
  test(
    'every object is what its type says, in every overlay',
    () => {
      expect(
        typeErrors(
          OVERLAYS.flatMap((name) => overlay(name)),
          'overlays',
        ),
      ).toEqual([])
    },
    RENDERED_MS,
  )

  test(
    'unknown fields, wrong types and missing ones are seen',
    () => {
      const objects = overlay('eks')
      const broken = [
        changed(first(objects, 'Deployment'), 'spec.template.spec.containers.0.readynessProbe', {}),
        changed(first(objects, 'HorizontalPodAutoscaler'), 'spec.maxReplicas', '6'),
        changed(first(objects, 'PodDisruptionBudget'), 'spec.unhealthyPodEvictionPolicies', 'AlwaysAllow'),
        changed(first(objects, 'ScaledObject'), 'spec.scaleTargetRef', undefined),
      ]
      // The compiler names what is missing or wrong before what is too much: so one at a time.
      for (const [index, one] of broken.entries()) expect(typeErrors([one], `broken-${index}`)).not.toEqual([])
    },
    RENDERED_MS,
  )
})

const folder = crdsDir(process.env['SAMPLES_DIR'])
const required = process.env['WELLGATE_REQUIRE_ALL'] === '1'
const note = folder ? '' : ' — needs the CustomResourceDefinitions beside SAMPLES_DIR'

describe.runIf(canRender && (folder !== null || required))(`custom resources of deploy/k8s${SKIP_NOTE}${note}`, () => {
  const validate = (objects: readonly KubeObject[]) => {
    if (!folder) throw new Error('there are no CustomResourceDefinitions: set SAMPLES_DIR')
    return crdValidator(folder)(objects)
  }

  test(
    'every one is what its definition says, in every overlay',
    () => {
      expect(validate(OVERLAYS.flatMap((name) => overlay(name)))).toEqual([])
    },
    RENDERED_MS,
  )

  test.each([
    ['ScaledObject', 'spec.minReplicas', 2],
    ['KafkaTopic', 'spec.partitions', '12'],
    ['KafkaUser', 'spec.authorization.acls.0.operations', ['Reed']],
    ['HTTPRoute', 'spec.rules.0.matches.0.path.type', 'Prefix'],
    ['ExternalSecret', 'spec.refresh', '1h'],
    ['KafkaNodePool', 'spec.roles', ['brokers']],
    ['LoadBalancerConfiguration', 'spec.scheme', 'public'],
    ['TargetGroupConfiguration', 'spec.defaultConfiguration.targetTypes', 'ip'],
  ])(
    '%s: %s is seen',
    (kind, path, value) => {
      expect(validate([changed(first(overlay('eks'), kind), path, value)])).not.toEqual([])
    },
    60_000,
  )

  test('HealthCheckPolicy: a port of text is seen', () => {
    expect(validate([changed(first(overlay('aks'), 'HealthCheckPolicy'), 'spec.default.port', '8080')])).not.toEqual([])
  }, 60_000)

  test('Cluster: a wrong number is seen', () => {
    expect(validate([changed(first(overlay('onprem'), 'Cluster'), 'spec.instances', 'three')])).not.toEqual([])
  }, 60_000)
})

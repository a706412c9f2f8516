import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { restricted } from '../src/policy/pods.ts'
import { references } from '../src/policy/references.ts'
import { findKustomize, K8S, objectsOf, render } from '../src/render/kustomize.ts'
import { canRender, SKIP_NOTE } from './rendered.ts'

const scratch = mkdtempSync(join(tmpdir(), 'wellgate-combinations-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const ALWAYS = ['default-deny', 'monitoring', 'kafka-strimzi', 'keda-lag', 'cert-manager', 'migrations']
/** Each pair of alternatives that no overlay has. */
const COMBINATIONS = [
  ['ingress', 'postgres-managed', 'secrets-eso-aws'],
  ['gateway-httproute', 'postgres-cnpg', 'secrets-eso-azure'],
  ['gateway-httproute', 'postgres-managed', 'secrets-eso-vault'],
  ['ingress', 'postgres-cnpg', 'secrets-eso-aws'],
] as const

describe.runIf(canRender)(`components in other combinations than the overlays'${SKIP_NOTE}`, () => {
  test.each(COMBINATIONS)('%s, %s, %s', (...chosen) => {
    const folder = join(scratch, chosen.join('-'))
    mkdirSync(folder)
    const from = (part: string): string => relative(folder, join(K8S, part))
    const components = [...ALWAYS, ...chosen].map((name) => from(`components/${name}`))
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      JSON.stringify({
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        namespace: 'wellgate',
        resources: [from('base')],
        components,
      }),
    )
    const program = findKustomize()
    if (!program) throw new Error('nothing renders here')
    const objects = objectsOf(render(folder, program))
    expect(restricted(objects, { overlay: 'eks' })).toEqual([])
    expect(references(objects, { overlay: 'eks' })).toEqual([])
    expect(new Set(objects.map(({ kind }) => kind))).toContain(chosen.includes('ingress') ? 'Ingress' : 'HTTPRoute')
  })
})

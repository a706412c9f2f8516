import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import { allPolicies } from '../src/policy/all.ts'
import { GOLDEN, goldenText, networkRules } from '../src/policy/network-rules.ts'
import { sides } from '../src/render/objects.ts'
import { entranceMutations } from './entrance-mutations.ts'
import { kafkaMutations } from './kafka-mutations.ts'
import { networkMutations } from './network-mutations.ts'
import { podMutations } from './pod-mutations.ts'
import { referenceMutations } from './reference-mutations.ts'
import { scalingMutations } from './scaling-mutations.ts'
import { canRender, overlay, OVERLAYS, SKIP_NOTE } from './rendered.ts'

const policies = await allPolicies()
const allMutations: typeof entranceMutations = [
  ...podMutations,
  ...scalingMutations,
  ...referenceMutations,
  ...kafkaMutations,
  ...networkMutations,
  ...entranceMutations,
]

if (process.env['UPDATE_GOLDEN'] === '1')
  writeFileSync(
    GOLDEN,
    goldenText((name) => networkRules(overlay(name))),
  )

describe.runIf(canRender)(`policies of deploy/k8s${SKIP_NOTE}`, () => {
  describe.each(OVERLAYS)('%s', (name) => {
    test.each(Object.keys(policies))('%s', (policy) => {
      expect(policies[policy]?.(overlay(name), { overlay: name })).toEqual([])
    })
  })

  test.each(allMutations)('%s sees: %s', (policy, _what, mutate, name = 'eks') => {
    const objects = overlay(name)
    mutate(objects)
    expect(policies[policy]?.(objects, { overlay: name })).not.toEqual([])
  })

  test('every policy was shown red', () => {
    const shown = new Set(allMutations.map(([policy]) => policy))
    expect(Object.keys(policies).filter((policy) => !shown.has(policy))).toEqual([])
  })

  test('every service of this release is deployed', async () => {
    const { SERVICES } = await import('@wellgate/shared/contracts/services')
    for (const name of OVERLAYS)
      expect(new Set(sides(overlay(name)).map(({ service }) => service))).toEqual(new Set(SERVICES))
  })
})

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importToScreen, logIn } from '../src/journey/import-to-screen.ts'
import { readBundles, samplesDir, type SampleBundle } from '../src/samples.ts'
import { ROOT } from './sources.ts'
import type { Stack } from '../src/stack.ts'

const folder = samplesDir()
const own = readBundles(join(ROOT, 'e2e/fixtures/fhir'))
const required = process.env.WELLGATE_REQUIRE_ALL === '1'

const named = (bundles: readonly SampleBundle[]) =>
  bundles.map((bundle) => [bundle.name.split('_').slice(0, 2).join(' '), bundle] as const)

/** The whole journey of every sample, over the transport that `start` chooses. */
export function journeySuite(transport: string, start: () => Promise<Stack>): void {
  describe(`from a hospital's file to the patient's screen, events over ${transport}`, () => {
    let stack: Stack
    let desk: string
    let other: string

    beforeAll(async () => {
      stack = await start()
      const login = stack.demo.staff.find(({ role }) => role === 'front-desk')
      const neighbour = stack.demo.patients[0]
      if (!login || !neighbour) throw new Error('the demo has no front desk or no patient')
      desk = (await logIn(stack.portal, login)).accessToken
      other = (await logIn(stack.portal, neighbour)).accessToken
    }, 180_000)

    afterAll(async () => {
      expect(await stack?.stop()).toBe(0)
    }, 60_000)

    it('has the samples where they are required', () => {
      expect(folder !== null || !required).toBe(true)
    })

    it.each(named(own))(
      'of our own: %s',
      async (_name, bundle) => {
        await importToScreen(stack.portal, desk, other, bundle, () => undefined)
      },
      60_000,
    )

    const bundles = folder ? readBundles(folder) : []
    it.skipIf(folder === null).each(named(bundles))(
      '%s',
      async (_name, bundle) => {
        const said: string[] = []
        await importToScreen(stack.portal, desk, other, bundle, (line) => said.push(line))
        expect(said.at(-1)).toMatch(/log-out/)
      },
      180_000,
    )
  })
}

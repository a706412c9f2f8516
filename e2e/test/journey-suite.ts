import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logInCast, type Cast } from '../src/journey/cast.ts'
import { visitChapter } from '../src/journey/chapters.ts'
import { importToScreen, logIn } from '../src/journey/import-to-screen.ts'
import { passDownTheLine, type Waiting } from '../src/journey/wait-list.ts'
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
    let cast: Cast

    beforeAll(async () => {
      stack = await start()
      cast = await logInCast(stack.portal, stack.demo)
    }, 180_000)

    /** From the file to the visit and on, as the tour plays it; what was said. */
    const play = async (bundle: SampleBundle): Promise<string[]> => {
      const said: string[] = []
      const say = (line: string): void => void said.push(line)
      const next = visitChapter(stack.portal, cast, say)
      await importToScreen(stack.portal, cast.desk, cast.rivals[0], bundle, say, next)
      return said
    }

    afterAll(async () => {
      expect(await stack?.stop()).toBe(0)
    }, 60_000)

    it('has the samples where they are required', () => {
      expect(folder !== null || !required).toBe(true)
    })

    it.each(named(own))(
      'of our own: %s',
      async (_name, bundle) => {
        const said = await play(bundle)
        expect(said.join('\n')).toMatch(/the encounter is in the record: Same-day visit with Noor Haddad/)
        // Again, as whoever takes the tour twice: the record has the first visit, the file does not.
        expect((await play(bundle)).at(-1)).toMatch(/log-out/)
      },
      60_000,
    )

    describe('a time that is given back', () => {
      const waiting = async (): Promise<Waiting> => {
        const { staff, patients } = stack.demo
        const admin = staff.find(({ role }) => role === 'admin')
        const tokens = [...(admin ? [admin] : []), ...patients].map((login) => logIn(stack.portal, login))
        const [one, owner, first, second] = (await Promise.all(tokens)).map(({ accessToken }) => accessToken)
        if (!one || !owner || !first || !second) throw new Error('the demo has no admin, or fewer than three patients')
        return { admin: one, owner, first, second }
      }

      it('is offered to one who waits, then to the next, within seconds', { timeout: 60_000 }, async () => {
        await passDownTheLine(stack.portal, await waiting())
      })

      it('is so, too, when appointments is killed before the offer', { timeout: 90_000 }, async () => {
        const people = await waiting()
        await passDownTheLine(stack.portal, people, () => stack.kill('appointments'))
      })
    })

    const bundles = folder ? readBundles(folder) : []
    it.skipIf(folder === null).each(named(bundles))(
      '%s',
      async (_name, bundle) => {
        expect((await play(bundle)).at(-1)).toMatch(/log-out/)
      },
      180_000,
    )
  })
}

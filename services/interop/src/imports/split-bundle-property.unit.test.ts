import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DomainError } from '@wellgate/shared/errors/problem'
import { smallBundle } from '../../test/bundles.ts'
import { checkBundle } from './check-bundle.ts'
import { splitBundle, type SplitBundle } from './split-bundle.ts'

/** Checks and splits as the service does; undefined when the bundle was refused. Anything else that is thrown fails the test. */
function take(body: Buffer): SplitBundle | undefined {
  try {
    return splitBundle(checkBundle(body).text)
  } catch (error) {
    if (error instanceof DomainError) return undefined
    throw error
  }
}

type Path = (string | number)[]

/** Every place of a document. */
function pathsOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...at, key]))]
}

function replaceAt(root: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value
  const copy = structuredClone(root)
  const holder = path.slice(0, -1).reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], copy)
  ;(holder as Record<string, unknown>)[path.at(-1) ?? ''] = value
  return copy
}

const { bundle, entries } = smallBundle('0f9fbb0e-5a5b-4a5a-9a3e-1f0b5a5f0001')
const paths = pathsOf(bundle)

describe('any bundle', () => {
  it('is refused or split completely, whatever one value was changed to', () => {
    const strange = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        '__proto__',
        'constructor',
        'urn:uuid:',
        'Patient/',
        '..',
        'a\0b',
        '\ud800',
        null,
        [],
        {},
        [[]],
        -0,
        1e308,
        'Patient',
      ),
    )
    let splits = 0
    fc.assert(
      fc.property(fc.constantFrom(...paths), strange, (path, value) => {
        const changed = replaceAt(bundle, path, value)
        const split = take(Buffer.from(JSON.stringify(changed)))
        if (!split) return
        splits += 1
        const places = [...(split.patient ? [split.patient] : []), ...split.items, ...split.setAside].map(
          ({ index }) => index,
        )
        const count = (changed as { entry: unknown[] }).entry.length
        expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => at))
      }),
      { numRuns: 3_000 },
    )
    expect(splits).toBeGreaterThan(500)
  })

  it('is refused or split, whatever bytes were changed', () => {
    const bytes = Buffer.from(JSON.stringify(bundle))
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(40), fc.uint8Array({ maxLength: 8 }), (at, cut, put) => {
        const body = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
        expect(() => take(body)).not.toThrow()
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps its other entries when one is broken', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: entries.length - 1 }), fc.jsonValue(), (at, value) => {
        const split = take(Buffer.from(JSON.stringify(replaceAt(bundle, ['entry', at], value))))
        const clinical = [3, 4, 5, 6].filter((index) => index !== at)
        expect(split?.items.map(({ index }) => index)).toEqual(clinical)
      }),
    )
  })
})

import { randomBytes } from 'node:crypto'

/** A text that occurs nowhere by chance: what must not be found, is made of these. */
export const canary = (): string => `zq7${randomBytes(8).toString('hex')}`

/**
 * How a canary may hide in a dump: in clear, in hex (bytea), or in base64 at each of the three alignments, whose inner
 * characters do not depend on what stands around it.
 */
export function disguises(token: string): string[] {
  const bytes = Buffer.from(token)
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    return text.slice(shift === 0 ? 0 : shift === 1 ? 2 : 3, text.length - 4)
  })
  return [token, bytes.toString('hex'), ...base64]
}

/** The canaries that a text holds, in any disguise. One pass a disguise, however many canaries there are. */
export function findCanaries(text: string, tokens: Iterable<string>): string[] {
  const found = new Set<string>()
  const kinds: Map<string, string>[] = []
  for (const token of tokens) {
    for (const [kind, disguise] of disguises(token).entries()) (kinds[kind] ??= new Map()).set(disguise, token)
  }
  for (const kind of kinds) {
    const [first = ''] = kind.keys()
    // All canaries begin alike, so all disguises of a kind do, and all have one length.
    const prefix = first.slice(0, 3)
    for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
      const token = kind.get(text.slice(at, at + first.length))
      if (token) found.add(token)
    }
  }
  return [...found]
}

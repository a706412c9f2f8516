/**
 * Encodes strings one way only: the number of parts, then each part as its UTF-8 length (32 bit, big endian) and bytes,
 * so that no two lists share an encoding (plain joining would make `a|bc` of both `a|b`,`c` and `a`,`b|c`). Strings with
 * lone surrogates have no UTF-8 form of their own and are refused with a TypeError.
 */
export function encodeAad(parts: readonly string[]): Buffer {
  let size = 4
  for (const part of parts) size += 4 + Buffer.byteLength(part)
  const encoded = Buffer.allocUnsafe(size)
  let at = encoded.writeUInt32BE(parts.length, 0)
  for (const part of parts) {
    if (!part.isWellFormed()) throw new TypeError('Associated data must be well-formed Unicode')
    const length = encoded.write(part, at + 4)
    encoded.writeUInt32BE(length, at)
    at += 4 + length
  }
  return encoded
}

/** A context as the list that {@link encodeAad} takes: names in code unit order, so the order of writing does not matter. */
export const contextParts = (context: Readonly<Record<string, string>>): string[] =>
  Object.keys(context)
    .toSorted()
    .flatMap((name) => [name, context[name] ?? ''])

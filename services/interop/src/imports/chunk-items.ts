import { weightOf, type SplitItem } from './split-bundle.ts'

/** architecture.md section 6. */
export const MAX_CHUNK_ITEMS = 100
export const MAX_CHUNK_BYTES = 256 * 1024
const ENVELOPE_BYTES = 1024

/** Packs items into chunks that fit an event, in the order of the bundle. */
export function chunkItems(items: readonly SplitItem[]): SplitItem[][] {
  const chunks: SplitItem[][] = []
  let weight = 0
  for (const item of items) {
    const added = weightOf(item)
    const last = chunks.at(-1)
    if (last && last.length < MAX_CHUNK_ITEMS && weight + added <= MAX_CHUNK_BYTES - ENVELOPE_BYTES) {
      last.push(item)
      weight += added
    } else {
      chunks.push([item])
      weight = added
    }
  }
  return chunks
}

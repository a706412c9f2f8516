import type { ItemResult } from '@wellgate/shared/contracts/interop/import-result'

export type Outcome = 'created' | 'unchanged' | 'updated' | 'setAside'
/** How many resources of each type became what. */
export type Counts = Readonly<Record<string, Readonly<Record<Outcome, number>>>>

const NONE = { created: 0, unchanged: 0, updated: 0, setAside: 0 } as const

export const outcomeOf = (outcome: ItemResult['outcome']): Outcome => (outcome === 'set-aside' ? 'setAside' : outcome)

/** Counts items by type. */
export function countItems(items: readonly { readonly type: string; readonly outcome: Outcome }[]): Counts {
  const counts = new Map<string, Record<Outcome, number>>()
  for (const { type, outcome } of items) {
    const ofType = counts.get(type) ?? { ...NONE }
    ofType[outcome] += 1
    counts.set(type, ofType)
  }
  return Object.fromEntries(counts)
}

/** The sum of several counts, types in alphabetical order. */
export function addCounts(all: readonly Counts[]): Counts {
  const sum = new Map<string, Record<Outcome, number>>()
  for (const [type, counts] of all.flatMap((each) => Object.entries(each))) {
    const ofType = sum.get(type) ?? { ...NONE }
    for (const outcome of Object.keys(NONE) as Outcome[]) ofType[outcome] += counts[outcome]
    sum.set(type, ofType)
  }
  return Object.fromEntries([...sum].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** How many were set aside. */
export const setAsideIn = (counts: Counts): number =>
  Object.values(counts).reduce((sum, each) => sum + each.setAside, 0)

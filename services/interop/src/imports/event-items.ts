import type { importBilling, importPatient, importResources } from '@wellgate/shared/contracts/interop/events'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import type { CrosswalkEntry } from './crosswalk-repository.ts'
import { keyText, type SourceKey } from './source-id.ts'
import type { SetAside, SplitItem } from './split-bundle.ts'

export type PatientItem = PayloadOf<typeof importPatient>['items'][number]
export type ResourceItem = PayloadOf<typeof importResources>['items'][number]
export type BillingItem = PayloadOf<typeof importBilling>['items'][number]

/** The ids of ours that an import may use. */
export interface OurIds {
  readonly patientId: string
  readonly crosswalk: ReadonlyMap<string, CrosswalkEntry>
}

/** What an item refers to, the encounter included: keys whose ids of ours are needed besides its own. */
export const targetsOf = (item: SplitItem): SourceKey[] => [
  ...item.references.map(({ target }) => target),
  ...(item.encounter ? [item.encounter] : []),
]

/** An item as its event carries it. The hash covers all that a service would keep of it. */
export function eventItem<T extends SplitItem['type']>(
  item: SplitItem & { readonly type: T },
  ids: OurIds,
  hashOf: (text: string) => string,
): Omit<ResourceItem, 'type'> & { type: T } {
  const idOf = (key: SourceKey): string | undefined => {
    const entry = ids.crosswalk.get(keyText(key))
    return entry?.patientId === ids.patientId ? entry.id : undefined
  }
  const id = idOf(item)
  if (id === undefined) throw new Error(`entry ${item.index} has no id of this patient`)
  const encounterId = (item.encounter && idOf(item.encounter)) ?? null
  const links = item.references.flatMap(({ reference, target }) => {
    const targetId = idOf(target)
    return targetId === undefined ? [] : [[reference, `${target.type}/${targetId}`] as const]
  })
  const { index, type, resource } = item
  const performers = [...item.performers]
  const sorted = links.toSorted(([a], [b]) => (a < b ? -1 : 1))
  const sourceHash = hashOf(JSON.stringify([item.canonical, performers, encounterId, sorted]))
  return {
    index,
    type,
    id,
    sourceHash,
    resource,
    performers,
    encounterId,
    links: Object.fromEntries(links),
  }
}

/** A row never changes its patient: a resource that the source once sent for another patient is not taken for this one. */
export function setAsideForeign(items: readonly SplitItem[], ids: OurIds): { mine: SplitItem[]; foreign: SetAside[] } {
  const isMine = (item: SplitItem): boolean => ids.crosswalk.get(keyText(item))?.patientId === ids.patientId
  const foreign = items
    .filter((item) => !isMine(item))
    .map(({ index, type, sourceId }) => ({
      index,
      type,
      sourceId,
      code: 'wrong-patient',
      detail: '`id`: this source has sent it for another patient before',
    }))
  return { mine: items.filter(isMine), foreign }
}

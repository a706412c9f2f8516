import type { OpenEntry } from '../entry.ts'
import { ANATOMY, categoriesOf, clinicalTimeOf } from '../facts.ts'
import { coded, conceptText, part, parts, text, type Part } from '../fhir.ts'
import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'

/** What every entry of a chart shows. `type` says how the resource is built. */
export function baseOf(type: ClinicalType, entry: OpenEntry) {
  const { resource } = entry
  const { code, status } = ANATOMY[type]
  return {
    id: entry.id,
    status: status(resource),
    category: categoriesOf(resource),
    code: coded(code(resource)),
    clinicalTime: clinicalTimeOf(type, resource),
    encounterId: entry.encounterId,
    performers: [...entry.performers],
    source: entry.source,
    version: entry.version,
  }
}

/** Why something was done: reason codes, and the display of reason references. */
export const reasonsOf = (resource: Part): string[] => [
  ...parts(resource['reasonCode']).flatMap((concept) => conceptText(concept) ?? []),
  ...parts(resource['reasonReference']).flatMap(({ display }) => text(display) ?? []),
]

/** Our id of what a reference points to, where the import could resolve it. */
export function linkedId(entry: OpenEntry, reference: unknown): string | null {
  const written = text(part(reference)['reference'])
  const link = written === null ? undefined : entry.links[written]
  return link?.split('/').at(-1) ?? null
}

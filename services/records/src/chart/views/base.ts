import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import type { OpenEntry } from '../entry.ts'
import { ANATOMY, categoriesOf, clinicalTimeOf } from '../facts.ts'
import { coded, conceptTexts, part, parts, text, type Part } from '../fhir.ts'

/** A view never throws: what is not what FHIR says is shown as missing. What matters was checked before it was stored. */
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
  ...conceptTexts(resource['reasonCode']),
  ...parts(resource['reasonReference']).flatMap(({ display }) => text(display) ?? []),
]

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Our id of what a reference points to, where the import could resolve it. */
export function linkedId({ links }: Pick<OpenEntry, 'links'>, reference: unknown): string | null {
  const written = text(part(reference)['reference'])
  // A reference may be written `constructor`: what it finds then is no text.
  const link = written === null ? null : text(links[written])
  const id = link?.split('/').at(-1) ?? ''
  return UUID.test(id) ? id : null
}

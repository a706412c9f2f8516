import { HumanName } from '@wellgate/shared/contracts/patients/models'
import { checked } from './fhir-check.ts'
import type { FhirReader } from './fhir-reader.ts'

type Fields = Readonly<Record<string, unknown>>

/** Which name a person goes by, best first. A name without a use is as good as a usual one. */
const RANK: Readonly<Record<string, number>> = {
  official: 0,
  usual: 1,
  temp: 3,
  anonymous: 4,
  nickname: 5,
  maiden: 6,
  old: 7,
}
const NO_USE = 2

/** The names of a resource, the one to show first. A resource without any is refused. */
export function readNames(reader: FhirReader, resource: Fields): HumanName[] {
  const before = reader.refusals.length
  const items = reader.objects(resource, 'name', '')
  const names = items.flatMap(({ value: item, at }) => {
    const use = reader.text(item, 'use', at)
    const rank = (use === undefined ? undefined : RANK[use]) ?? NO_USE
    return readName(reader, item, at).map((name) => ({ rank, name }))
  })
  if (names.length === 0 && reader.refusals.length === before) reader.refuse('name', 'at least one name')
  return names.toSorted((a, b) => a.rank - b.rank).map(({ name }) => name)
}

function readName(reader: FhirReader, item: Fields, at: string): HumanName[] {
  const family = reader.text(item, 'family', at)
  const given = reader.texts(item, 'given', at)
  const prefix = reader.texts(item, 'prefix', at)
  const suffix = reader.texts(item, 'suffix', at)
  const whole = reader.text(item, 'text', at)
  // Who has one name only has it as the family name here: that is what is shown and sorted by.
  const main = family !== undefined ? { family, given } : { family: given.join(' ') || whole, given: [] }
  if (main.family === undefined) return []
  return checked(
    reader,
    HumanName,
    { ...main, ...(prefix.length > 0 ? { prefix } : {}), ...(suffix.length > 0 ? { suffix } : {}) },
    at,
  )
}

import { PatientId } from '@wellgate/shared/contracts/ids'
import type { z } from 'zod'
import type {
  Address,
  Gender,
  HumanName,
  Identifier,
  Patient,
  Telecom,
} from '@wellgate/shared/contracts/patients/models'

/** Everything that is known of a patient: sealed as one, never in a clear column. */
export interface PatientDocument {
  readonly mrn: string
  readonly name: HumanName
  /** Names once or also borne (maiden, nickname): found by search, not shown. */
  readonly otherNames: readonly HumanName[]
  /** As sent: may be a year or a month. */
  readonly birthDate: string
  readonly gender: z.infer<typeof Gender>
  readonly identifiers: readonly Identifier[]
  readonly addresses: readonly Address[]
  readonly telecoms: readonly Telecom[]
  /** Whether, or when, the patient died, as received. */
  readonly deceased: boolean | string | null
  /** The FHIR resource, to the letter, where the patient was imported. */
  readonly resource: string | null
}

export interface StoredPatient {
  readonly id: string
  readonly version: number
  /** `local`, or the slug of the system the patient was imported from. */
  readonly source: string
  readonly sourceHash: string | null
  /** Somebody here has changed what was imported: an import must not overwrite it. */
  readonly locallyChanged: boolean
  readonly document: PatientDocument
}

export const LOCAL = 'local'

/** The patient as the API shows it. */
export function toPatient({ id, version, document }: Pick<StoredPatient, 'id' | 'version' | 'document'>): Patient {
  const { mrn, name, birthDate, gender, identifiers, addresses, telecoms } = document
  return {
    id: PatientId.parse(id),
    mrn,
    name,
    birthDate,
    gender,
    identifiers: [...identifiers],
    addresses: [...addresses],
    telecoms: [...telecoms],
    version,
  }
}

/** A name on one line. */
export function displayName({ prefix = [], given, family, suffix = [] }: HumanName): string {
  return [...prefix, ...given, family, ...suffix].join(' ')
}

/** The texts by which a patient is found: family and given names of every name. Prefixes and suffixes are no names. */
export function searchableNames({ name, otherNames }: Pick<PatientDocument, 'name' | 'otherNames'>): string[] {
  return [name, ...otherNames].flatMap(({ family, given }) => [family, ...given])
}

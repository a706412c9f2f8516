import type { z } from 'zod'
import { Address, BirthDate, Gender, Identifier, Telecom } from '@wellgate/shared/contracts/patients/models'
import { UNKNOWN_SYSTEM } from '../patient/identifiers.ts'
import { BIRTH_DATE_RULE, isPossibleBirthDate } from '../patient/birth-date.ts'
import type { PatientDocument } from '../patient/patient.ts'
import { createFhirReader, type FhirReader, isFields, type Refusal } from './fhir-reader.ts'
import { readNames } from './fhir-names.ts'
import { checked } from './fhir-check.ts'

type Fields = Readonly<Record<string, unknown>>
export type ImportedPatient = Omit<PatientDocument, 'mrn'>

/**
 * Reads a FHIR R4 Patient (https://hl7.org/fhir/R4/patient.html) from its JSON text. Codes and parts that we have no place
 * for are left out; values that our schema refuses are named, and then nothing is imported.
 */
export function readFhirPatient(
  text: string,
  now: Date,
): { patient: ImportedPatient } | { refusals: readonly Refusal[] } {
  const resource = parse(text)
  if (!isFields(resource) || resource['resourceType'] !== 'Patient') {
    return { refusals: [{ field: 'resourceType', expected: 'Patient' }] }
  }
  const reader = createFhirReader()
  const names = readNames(reader, resource)
  const birthDate = readCode(reader, resource, 'birthDate', BirthDate, 'a calendar date')
  if (birthDate !== undefined && !isPossibleBirthDate(birthDate, now)) reader.refuse('birthDate', BIRTH_DATE_RULE)
  const gender = readCode(reader, resource, 'gender', Gender.default('unknown'), `one of ${Gender.options.join(', ')}`)
  const rest = {
    identifiers: readIdentifiers(reader, resource),
    addresses: readAddresses(reader, resource),
    telecoms: readTelecoms(reader, resource),
    deceased: readDeceased(reader, resource),
  }
  const [name, ...otherNames] = names
  const { refusals } = reader
  if (refusals.length > 0 || !name || birthDate === undefined || gender === undefined) return { refusals }
  return { patient: { name, otherNames, birthDate, gender, ...rest, resource: text } }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the text.
    return undefined
  }
}

/** A text that our schema must take as it is. FHIR lets it be missing; we only where the schema has a default. */
function readCode<T extends z.ZodType>(
  reader: FhirReader,
  resource: Fields,
  name: string,
  schema: T,
  expected: string,
): z.output<T> | undefined {
  const before = reader.refusals.length
  const parsed = schema.safeParse(reader.text(resource, name, ''))
  if (!parsed.success && reader.refusals.length === before) reader.refuse(name, expected)
  return parsed.success ? parsed.data : undefined
}

function readIdentifiers(reader: FhirReader, resource: Fields): Identifier[] {
  return reader.objects(resource, 'identifier', '').flatMap(({ value: item, at }) => {
    const value = reader.text(item, 'value', at)
    const system = reader.text(item, 'system', at) ?? UNKNOWN_SYSTEM
    // Found by an index over its UTF-8, which half a surrogate pair has not.
    for (const [name, text] of Object.entries({ system, value: value ?? '' })) {
      if (!text.isWellFormed()) reader.refuse(`${at}.${name}`, 'text in whole characters')
    }
    return value === undefined ? [] : checked(reader, Identifier, { system, value }, at)
  })
}

function readAddresses(reader: FhirReader, resource: Fields): Address[] {
  return reader.objects(resource, 'address', '').flatMap(({ value: item, at }) => {
    const lines = reader.texts(item, 'line', at)
    const whole = reader.text(item, 'text', at)
    const parts = optional({
      city: reader.text(item, 'city', at),
      state: reader.text(item, 'state', at),
      postalCode: reader.text(item, 'postalCode', at),
      country: reader.text(item, 'country', at),
    })
    // Where only the address as one text came, its lines are ours.
    const line = lines.length > 0 || Object.keys(parts).length > 0 || !whole ? lines : whole.split(/\s*\n\s*/u)
    if (line.length === 0 && Object.keys(parts).length === 0) return []
    const use = knownCode(Address.shape.use, reader.text(item, 'use', at))
    return checked(reader, Address, { ...optional({ use }), line: atMostFive(line), ...parts }, at)
  })
}

function readTelecoms(reader: FhirReader, resource: Fields): Telecom[] {
  return reader.objects(resource, 'telecom', '').flatMap(({ value: item, at }) => {
    const value = reader.text(item, 'value', at)
    if (value === undefined) return []
    const system = knownCode(Telecom.shape.system, reader.text(item, 'system', at)) ?? 'other'
    const use = knownCode(Telecom.shape.use, reader.text(item, 'use', at))
    return checked(reader, Telecom, { system, value, ...optional({ use }) }, at)
  })
}

function readDeceased(reader: FhirReader, resource: Fields): boolean | string | null {
  const known = resource['deceasedBoolean']
  if (typeof known === 'boolean') return known
  if (known !== undefined && known !== null) reader.refuse('deceasedBoolean', 'true or false')
  return reader.text(resource, 'deceasedDateTime', '') ?? null
}

const MAX_LINES = 5

/** Lines beyond those that we have a place for join the last one. */
const atMostFive = (lines: readonly string[]): string[] =>
  lines.length <= MAX_LINES ? [...lines] : [...lines.slice(0, MAX_LINES - 1), lines.slice(MAX_LINES - 1).join(', ')]

/** The code if we know it: one that we do not know says nothing to us, and the resource keeps it. */
const knownCode = <T extends z.ZodType>(schema: T, code: string | undefined): z.output<T> | undefined => {
  const parsed = schema.safeParse(code)
  return parsed.success ? parsed.data : undefined
}

const optional = <T extends Fields>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never

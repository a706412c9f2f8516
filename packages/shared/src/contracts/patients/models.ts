import { z } from 'zod'
import { PatientId } from '../ids.ts'

const text = (max: number) => z.string().trim().min(1).max(max)

export const HumanName = z.strictObject({
  family: text(400).describe('Family name or names, as written'),
  given: z.array(text(200)).max(10),
  prefix: z.array(text(50)).max(5).optional(),
  suffix: z.array(text(50)).max(5).optional(),
})
export type HumanName = z.infer<typeof HumanName>

/** A change of a name (RFC 7396): members that are left out stay, `null` removes. */
export const HumanNamePatch = HumanName.partial().extend({
  prefix: HumanName.shape.prefix.nullable(),
  suffix: HumanName.shape.suffix.nullable(),
})

export const Identifier = z.strictObject({ system: text(200), value: text(200) })
export type Identifier = z.infer<typeof Identifier>

export const Address = z.strictObject({
  use: z.enum(['home', 'work', 'temp', 'old', 'billing']).optional(),
  line: z.array(text(200)).max(5),
  city: text(100).optional(),
  state: text(100).optional(),
  postalCode: text(20).optional(),
  country: text(60).optional(),
})
export type Address = z.infer<typeof Address>

export const Telecom = z.strictObject({
  system: z.enum(['phone', 'email', 'sms', 'fax', 'pager', 'url', 'other']),
  value: text(200),
  use: z.enum(['home', 'work', 'temp', 'old', 'mobile']).optional(),
})
export type Telecom = z.infer<typeof Telecom>

export const Gender = z.enum(['male', 'female', 'other', 'unknown'])

/** FHIR dates may be partial: `1970`, `1970-02` or `1970-02-28`. */
export const BirthDate = z.union([
  z.iso.date(),
  z
    .string()
    .regex(/^\d{4}(-(0[1-9]|1[0-2]))?$/)
    .describe('A year or a month, YYYY or YYYY-MM'),
])

export const Patient = z.object({
  id: PatientId,
  mrn: z.string().describe('Medical record number, issued here'),
  name: HumanName,
  birthDate: z.string(),
  gender: Gender,
  identifiers: z.array(Identifier).describe('Identifiers of other systems, kept as received'),
  addresses: z.array(Address),
  telecoms: z.array(Telecom),
  version: z.int().describe('Sent back in If-Match to change the patient'),
})
export type Patient = z.infer<typeof Patient>

export const PatientMatch = z.object({ id: PatientId, mrn: z.string(), name: z.string(), birthDate: z.string() })

import { z } from 'zod'
import { ROLES } from '../access-rule.ts'
import { AccountId, FacilityId, PatientId } from '../ids.ts'

export const Role = z.enum(ROLES)

export const Email = z
  .email()
  .max(254)
  .transform((text) => text.trim().toLowerCase())
  .describe('An e-mail address; upper and lower case are the same')

/** NIST SP 800-63B: at least 8 characters, long ones welcome, no composition rules. */
export const NewPassword = z.string().min(12).max(256).describe('A password of 12 to 256 characters')

export const RoleAtFacility = z.strictObject({ role: Role, facilityId: FacilityId })

export const FacilityFields = z.strictObject({
  name: z.string().trim().min(1).max(200),
  timeZone: z.string().min(1).max(64),
})

export const Facility = z.object({
  id: FacilityId,
  name: z.string(),
  timeZone: z.string().describe('IANA time zone, such as America/New_York'),
})

export const Tokens = z.object({
  accessToken: z.string().describe('ES256 JWT, sent as `Authorization: Bearer …`'),
  expiresIn: z.int().describe('Seconds until the access token expires'),
  refreshToken: z
    .string()
    .describe('Opaque; each use gives a new one and makes this one void. Use it before the access token expires'),
})

export const Account = z.object({
  id: AccountId,
  email: z.string(),
  patientId: PatientId.nullable(),
  roles: z.array(RoleAtFacility),
  disabled: z.boolean(),
})

import { z } from 'zod'

/** A UUID in canonical lower-case form. Ids of different things are different types: see {@link brandedId}. */
const uuid = z.uuid().describe('UUID')

const brandedId = <const B extends string>(brand: B) => uuid.brand(brand).meta({ title: brand })

export const PatientId = brandedId('PatientId')
export type PatientId = z.infer<typeof PatientId>

export const AccountId = brandedId('AccountId')
export type AccountId = z.infer<typeof AccountId>

export const SessionId = brandedId('SessionId')
export type SessionId = z.infer<typeof SessionId>

export const FacilityId = brandedId('FacilityId')
export type FacilityId = z.infer<typeof FacilityId>

export const ImportId = brandedId('ImportId')
export type ImportId = z.infer<typeof ImportId>

/** What a patient id in a path may be: an id, or `me` for the caller's own patient. */
export const PatientRef = z.union([z.literal('me'), PatientId]).describe('A patient id, or `me` for your own')

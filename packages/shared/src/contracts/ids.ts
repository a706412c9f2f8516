import { z } from 'zod'

/**
 * A UUID, taken in any case and given in lower case, as the database gives it: what is sealed for an id, or locked by it, is
 * found by the stored one.
 */
export const Uuid = z.uuid().toLowerCase()

/** Ids of different things are different types. */
const uuid = Uuid.describe('UUID')

export const PatientId = uuid.brand('PatientId')
export type PatientId = z.infer<typeof PatientId>

export const AccountId = uuid.brand('AccountId')
export type AccountId = z.infer<typeof AccountId>

export const SessionId = uuid.brand('SessionId')
export type SessionId = z.infer<typeof SessionId>

export const FacilityId = uuid.brand('FacilityId')
export type FacilityId = z.infer<typeof FacilityId>

export const ImportId = uuid.brand('ImportId')
export type ImportId = z.infer<typeof ImportId>

/** What a patient id in a path may be: an id, or `me` for the caller's own patient. */
export const PatientRef = z.union([z.literal('me'), PatientId]).describe('A patient id, or `me` for your own')

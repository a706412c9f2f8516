import type { ConfigOf } from '../config/slice.ts'
import { cryptoSlice, databaseSlice, messagingSlice, processSlice, tokenSlice, tracesSlice } from '../config/slices.ts'

/** The slices of every service with a database; a service adds its own. */
export const serviceSlices = [
  processSlice,
  tracesSlice,
  databaseSlice,
  cryptoSlice,
  messagingSlice,
  tokenSlice,
] as const

export type ServiceConfig = ConfigOf<typeof serviceSlices>

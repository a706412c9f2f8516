import type { Allowed } from './audit.ts'

/** Advisories that do not stop a release, each with the reason and a last day. Shorter is better. */
export const ALLOWED: readonly Allowed[] = []

import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { Actor } from '@wellgate/shared/access/actor'
import type { HumanName } from '@wellgate/shared/contracts/patients/models'
import type { patientsRoutes } from '@wellgate/shared/contracts/patients/routes'
import { patientsErrors } from '../errors.ts'
import type { PatientDocument } from './patient.ts'

export type Patch = z.output<(typeof patientsRoutes)[3]['body']>

/** What a patient may correct alone. The rest is proved by papers at the front desk. */
const OWN_FIELDS: readonly string[] = ['addresses', 'telecoms'] satisfies (keyof Patch)[]

/**
 * Lets the front desk change everything, and a patient the own addresses and telecoms.
 * @throws `not-yours-to-change`, naming each field that is the front desk's
 */
export function assertMayPatch(actor: Actor, patch: Patch): void {
  if (actor.roles.some(({ role }) => role === 'front-desk')) return
  const refused = Object.keys(patch).filter((field) => !OWN_FIELDS.includes(field))
  if (refused.length === 0) return
  const fields = refused.map((field) => ({ field: `body.${field}`, expected: 'a change by the front desk' }))
  throw patientsErrors['not-yours-to-change']({ fields })
}

/** The document after a merge patch (RFC 7396): `null` empties, an absent member stays, a list is replaced as a whole. */
export function applyPatch(document: PatientDocument, patch: Patch): PatientDocument {
  const { name, addresses, telecoms, birthDate, gender } = patch
  return {
    ...document,
    ...(name === undefined ? {} : { name: mergeName(document.name, name) }),
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(gender === undefined ? {} : { gender }),
    ...(addresses === undefined ? {} : { addresses: addresses ?? [] }),
    ...(telecoms === undefined ? {} : { telecoms: telecoms ?? [] }),
  }
}

/** Whether a patch has changed anything. */
export function isSame(before: PatientDocument, after: PatientDocument): boolean {
  return isDeepStrictEqual(before, after)
}

function mergeName(before: HumanName, patch: NonNullable<Patch['name']>): HumanName {
  const prefix = patch.prefix === undefined ? before.prefix : patch.prefix
  const suffix = patch.suffix === undefined ? before.suffix : patch.suffix
  return {
    family: patch.family ?? before.family,
    given: patch.given ?? before.given,
    ...(prefix ? { prefix } : {}),
    ...(suffix ? { suffix } : {}),
  }
}

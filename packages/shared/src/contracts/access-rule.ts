/** Staff roles, always held at a facility (architecture.md section 7). */
export const ROLES = ['front-desk', 'clinician', 'biller', 'auditor', 'admin'] as const
export type Role = (typeof ROLES)[number]

/**
 * Who may use a route. Default deny: a contract without a rule does not compile.
 * - `public`: no token is asked for (log-in, activation, JWKS).
 * - `authenticated`: any valid token; the use case concerns only the caller.
 * - `staff`: one of the roles, at any facility; never a patient.
 * - `patient`: the path has `:patientId`; the patient (relation `self`), or staff with one of the roles.
 */
export type AccessRule =
  | { readonly kind: 'public' }
  | { readonly kind: 'authenticated' }
  | { readonly kind: 'staff'; readonly roles: readonly [Role, ...Role[]] }
  | { readonly kind: 'patient'; readonly roles: readonly Role[] }

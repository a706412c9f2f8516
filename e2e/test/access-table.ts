/**
 * Who may use which route: reviewed by a person, held against the contracts and against the running system.
 * Columns: anonymous, own patient, another patient, front-desk, clinician, biller, auditor, admin, disabled account.
 * `+` allowed; else the status of the refusal. A route without a row fails the test.
 */
export const ACTORS = [
  'anonymous',
  'own patient',
  'other patient',
  'front-desk',
  'clinician',
  'biller',
  'auditor',
  'admin',
  'disabled',
] as const
export type ActorName = (typeof ACTORS)[number]

const PUBLIC = '+   +   +   +   +   +   +   +   +'
const ANYBODY = '401 +   +   +   +   +   +   +   401'
const CHART = '401 +   404 404 +   404 404 404 401'
const ADMIN = '401 403 403 403 403 403 403 +   401'
const DESK = '401 403 403 +   403 403 403 403 401'
const VISITS = '401 +   404 +   +   404 404 404 401'
const HOURS = '401 403 403 +   403 403 403 +   401'
const ACCOUNT = '401 +   404 +   404 +   404 404 401'
const BILLER = '401 403 403 403 403 +   403 +   401'
const BILLING_DESK = '401 403 403 +   403 +   403 403 401'
const CARE_TEAM = '401 403 403 +   +   403 403 403 401'

export const ACCESS: Readonly<Record<string, string>> = {
  'identity.log-in': PUBLIC,
  'identity.refresh-session': PUBLIC,
  'identity.activate-account': PUBLIC,
  'identity.read-jwks': PUBLIC,
  'identity.log-out': ANYBODY,
  'identity.read-own-account': ANYBODY,
  'identity.issue-activation-code': DESK,
  'identity.add-staff': ADMIN,
  'identity.disable-account': ADMIN,
  'identity.list-facilities': '401 403 403 +   +   +   +   +   401',
  'identity.add-facility': ADMIN,
  'identity.change-facility': ADMIN,

  'patients.register-patient': DESK,
  'patients.search-patients': '401 403 403 +   +   +   403 403 401',
  'patients.read-patient': '401 +   404 +   +   +   404 404 401',
  'patients.update-patient': '401 +   404 +   404 404 404 404 401',

  'records.read-summary': CHART,
  'records.list-conditions': CHART,
  'records.list-allergies': CHART,
  'records.list-medications': CHART,
  'records.list-immunizations': CHART,
  'records.list-observations': CHART,
  'records.list-encounters': CHART,
  'records.list-procedures': CHART,
  'records.list-reports': CHART,
  'records.list-care-plans': CHART,
  'records.list-goals': CHART,

  'interop.create-import': '401 403 403 +   403 403 403 +   401',
  'interop.read-import': '401 403 403 +   403 403 403 +   401',

  'appointments.list-visit-types': ANYBODY,
  'appointments.list-providers': ANYBODY,
  'appointments.list-facilities': ANYBODY,
  'appointments.find-slots': ANYBODY,
  'appointments.hold-slot': ANYBODY,
  'appointments.release-hold': ANYBODY,
  'appointments.book': ANYBODY,
  'appointments.list-of-patient': VISITS,
  'appointments.reschedule': ANYBODY,
  'appointments.cancel': ANYBODY,
  'appointments.check-in': ANYBODY,
  'appointments.join-wait-list': ANYBODY,
  'appointments.list-waiting': VISITS,
  'appointments.accept-offer': ANYBODY,
  'appointments.decline-offer': ANYBODY,
  'appointments.leave-wait-list': ANYBODY,
  'appointments.put-visit-type': ADMIN,
  'appointments.put-provider': ADMIN,
  'appointments.put-room': ADMIN,
  'appointments.put-availability': HOURS,
  'appointments.add-exception': HOURS,
  'appointments.remove-exception': HOURS,
  'appointments.read-day-sheet': CARE_TEAM,
  'appointments.book-for-patient': CARE_TEAM,
  'appointments.reschedule-for-patient': CARE_TEAM,
  'appointments.change-status': CARE_TEAM,

  'billing.get-balance': ACCOUNT,
  'billing.list-statements': ACCOUNT,
  'billing.list-invoices': ACCOUNT,
  'billing.list-payments': ACCOUNT,
  'billing.list-billing-history': ACCOUNT,
  'billing.list-plans': ACCOUNT,
  'billing.get-coverage': ACCOUNT,
  'billing.get-invoice': ANYBODY,
  'billing.get-invoice-pdf': ANYBODY,
  'billing.pay-invoice': ANYBODY,
  'billing.get-payment': ANYBODY,
  'billing.get-receipt-pdf': ANYBODY,
  'billing.create-plan': ANYBODY,
  'billing.estimate': ANYBODY,
  'billing.payment-webhook': PUBLIC,
  'billing.list-charges': BILLER,
  'billing.add-charge': BILLER,
  'billing.list-prices': BILLER,
  'billing.put-price': BILLER,
  'billing.adjust-invoice': BILLER,
  'billing.reverse-entry': BILLER,
  'billing.insurer-payment': BILLER,
  'billing.refund': BILLER,
  'billing.put-coverage': BILLING_DESK,
  'billing.receivables': BILLER,
  'billing.export-ledger': BILLER,
  'billing.close-day': BILLER,
  'billing.list-day-closes': BILLER,
}

/** What the table says of a route for an actor: `+`, or the status. */
export function expectedOf(routeId: string, actor: ActorName): string {
  const row = ACCESS[routeId]
  if (!row) throw new Error(`${routeId} has no row in e2e/test/access-table.ts`)
  return row.split(/\s+/)[ACTORS.indexOf(actor)] ?? ''
}

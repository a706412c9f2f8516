import { defineErrors } from '@wellgate/shared/errors/problem'

/** What this service answers with besides the platform's codes. */
export const patientsErrors = defineErrors({
  'not-yours-to-change': [403, 'You may correct your addresses and telecoms; ask the front desk for the rest.'],
  'identifier-in-use': [409, 'Another patient has one of these identifiers: search before you register.'],
})

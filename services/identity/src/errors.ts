import { defineErrors } from '@wellgate/shared/errors/problem'

export const errors = defineErrors({
  'log-in-refused': [401, 'E-mail and password do not fit an account that may log in.'],
  'session-over': [401, 'The session has ended: log in again.'],
  'activation-refused': [
    400,
    'This cannot activate an account: check the code, the birth date and the e-mail, or ask the clinic.',
  ],
  'unknown-patient': [404, 'There is no such patient.'],
  'has-account': [409, 'The patient has an account already.'],
  'email-taken': [409, 'There is an account with this e-mail.'],
  'unknown-facility': [422, 'A role names a facility that there is not.'],
  'unknown-account': [404, 'There is no such account.'],
  'own-account': [409, 'You cannot disable the account that you are logged in with.'],
  'facility-exists': [409, 'There is a facility with this name.'],
  'unknown-time-zone': [422, 'The time zone is not an IANA name such as America/New_York.'],
  'admin-exists': [409, 'There is an admin already: make further staff with POST /v1/admin/staff.'],
})

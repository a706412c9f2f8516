import { defineErrors } from '@wellgate/shared/errors/problem'

export const recordsErrors = defineErrors({
  // The platform's own answer for a foreign patient, to the letter: what does not exist must look the same.
  'not-found': [404, 'There is nothing here that you may see.'],
})

import { defineErrors } from '@wellgate/shared/errors/problem'

export const errors = defineErrors({
  'not-json': [400, 'The body is not JSON.'],
  'invalid-bundle': [422, 'The body is not a FHIR Bundle of one patient that can be imported.'],
  'not-found': [404, 'There is no such import.'],
})

import { defineErrors } from './problem.ts'

/** The codes that every service may answer with. */
export const platformErrors = defineErrors({
  'invalid-request': [400, 'The request is not valid.'],
  unauthenticated: [401, 'Log in first: the access token is missing, expired or not valid.'],
  forbidden: [403, 'Your role does not allow this.'],
  'not-found': [404, 'There is nothing here that you may see.'],
  'not-configured': [404, 'This installation does not run the service that answers this.'],
  conflict: [409, 'The request conflicts with the present state.'],
  'idempotency-in-progress': [409, 'A request with this Idempotency-Key is still running.'],
  'precondition-failed': [412, 'The resource has changed: read it again.'],
  'payload-too-large': [413, 'The body is too large.'],
  'unsupported-media-type': [415, 'The body has a content type that is not accepted here.'],
  'idempotency-key-reused': [422, 'This Idempotency-Key was used for another body.'],
  'precondition-required': [428, 'Send If-Match with the version that you read.'],
  'rate-limited': [429, 'Too many requests.'],
  unavailable: [503, 'The service cannot answer right now. Try again shortly.'],
  'stale-access': [503, 'Access rights cannot be confirmed right now. Try again shortly.'],
})

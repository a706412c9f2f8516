import { defineErrors } from '@wellgate/shared/errors/problem'

export const gatewayErrors = defineErrors({
  'no-such-route': [404, 'There is no such route. See /docs.'],
  'not-configured': [404, 'This installation does not run the service that answers this route.'],
  'bad-path': [400, 'A path segment holds characters that no id has.'],
  'body-too-large': [413, 'The body is too large for this route.'],
  'body-incomplete': [400, 'The body did not arrive whole in time.'],
  'rate-limited': [429, 'Too many requests. Wait as long as Retry-After says.'],
  'upstream-down': [503, 'The service that answers this is down. Try again shortly.'],
  overloaded: [503, 'The gateway is overloaded. Try again shortly.'],
})

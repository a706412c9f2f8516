import { platformErrors } from '@wellgate/shared/errors/platform-errors'

/** No codes of its own: an unknown patient is answered as a foreign one is, to the byte. */
export const recordsErrors = { 'not-found': platformErrors['not-found'] } as const

import type { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { KeyRing } from './key-ring.ts'

/** Short enough for a key that is withdrawn, long enough for a crowd that starts at once. */
const CACHE = { 'cache-control': 'public, max-age=10' }

export const signingKeyHandlers = (ring: KeyRing): Pick<Handlers<typeof identityRoutes>, 'identity.read-jwks'> => ({
  'identity.read-jwks': async () => ({ status: 200, headers: CACHE, body: { keys: [...ring.jwks()] } }),
})

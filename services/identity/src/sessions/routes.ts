import type { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import { logOut } from './end-session.ts'
import type { SessionDeps } from './grant.ts'
import { logIn } from './log-in.ts'
import { refreshSession } from './refresh-session.ts'

type SessionRoutes = 'identity.log-in' | 'identity.refresh-session' | 'identity.log-out'

export const sessionHandlers = (deps: SessionDeps): Pick<Handlers<typeof identityRoutes>, SessionRoutes> => ({
  'identity.log-in': async (request) => {
    const { actor, tokens } = await deps.counts.logIn(logIn(deps, request.body))
    request.actsAs(actor)
    if (actor.patientId !== null) request.subject(actor.patientId)
    return { status: 201, body: tokens }
  },
  'identity.refresh-session': async (request) => {
    const tokens = await refreshSession(deps, request.body.refreshToken, (actor) => {
      request.actsAs(actor)
      if (actor.patientId !== null) request.subject(actor.patientId)
    })
    return { status: 200, body: tokens }
  },
  'identity.log-out': async ({ actor }) => {
    await logOut(deps, actor.sessionId)
    return { status: 204 }
  },
})

import type { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Deps } from '../deps.ts'
import { activateAccount } from './activate-account.ts'
import { issueCode } from './issue-code.ts'

type ActivationRoutes = 'identity.activate-account' | 'identity.issue-activation-code'

export const activationHandlers = (deps: Deps): Pick<Handlers<typeof identityRoutes>, ActivationRoutes> => ({
  'identity.activate-account': async ({ body }) => ({ status: 201, body: await activateAccount(deps, body) }),
  'identity.issue-activation-code': async ({ params, actor }) => ({
    status: 201,
    body: await issueCode(deps, { patientId: params.patientId, issuedBy: actor.accountId }),
  }),
})

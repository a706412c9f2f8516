import type { Actor } from '@wellgate/shared/access/actor'
import { SessionId, type AccountId, type PatientId } from '@wellgate/shared/contracts/ids'
import type { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Deps } from '../deps.ts'
import type { IdentityCounts } from '../metrics.ts'
import { activateAccount } from './activate-account.ts'
import { issueCode } from './issue-code.ts'

/** What the audit trail has in the place of a session where there is none yet. */
const NO_SESSION = SessionId.parse('00000000-0000-0000-0000-000000000000')

type ActivationRoutes = 'identity.activate-account' | 'identity.issue-activation-code'

export const activationHandlers = (
  deps: Deps & { readonly counts: IdentityCounts },
): Pick<Handlers<typeof identityRoutes>, ActivationRoutes> => ({
  'identity.activate-account': async (request) => {
    const opened = await deps.counts.activation(activateAccount(deps, request.body))
    request.actsAs(newcomer(opened))
    request.subject(opened.patientId)
    return { status: 201, body: opened }
  },
  'identity.issue-activation-code': async ({ params, actor }) => ({
    status: 201,
    body: await issueCode(deps, { patientId: params.patientId, issuedBy: actor.accountId }),
  }),
})

/** Who opened the account, for the audit entry: its owner, not logged in. */
const newcomer = ({ accountId, patientId }: { accountId: AccountId; patientId: PatientId }): Actor => ({
  accountId,
  sessionId: NO_SESSION,
  patientId,
  roles: [],
  tokenVersion: 0,
})

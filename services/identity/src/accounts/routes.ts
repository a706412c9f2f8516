import type { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Deps } from '../deps.ts'
import { addStaff } from './add-staff.ts'
import { disableAccount } from './disable-account.ts'
import { showAccount } from './show-account.ts'

type AccountRoutes = 'identity.read-own-account' | 'identity.add-staff' | 'identity.disable-account'

export const accountHandlers = (deps: Deps): Pick<Handlers<typeof identityRoutes>, AccountRoutes> => ({
  'identity.read-own-account': async ({ actor }) => ({ status: 200, body: await showAccount(deps, actor.accountId) }),
  'identity.add-staff': async (request) => {
    const account = await addStaff(deps, request.body)
    request.note({ accountId: account.id })
    return { status: 201, body: account }
  },
  'identity.disable-account': async (request) => {
    const { params, actor } = request
    request.note({ accountId: params.accountId })
    await disableAccount(deps, { accountId: params.accountId, by: actor.accountId })
    return { status: 204 }
  },
})

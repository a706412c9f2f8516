import type { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Deps } from '../deps.ts'
import { addFacility } from './add-facility.ts'
import { changeFacility } from './change-facility.ts'
import type { FacilityList } from './facility-repository.ts'

type FacilityRoutes = `identity.${'list-facilities' | 'add-facility' | 'change-facility'}`

export const facilityHandlers = (
  deps: Pick<Deps, 'pool' | 'outbox' | 'newId'>,
  list: FacilityList,
): Pick<Handlers<typeof identityRoutes>, FacilityRoutes> => ({
  'identity.list-facilities': async () => ({ status: 200, body: { items: await list.read() } }),
  'identity.add-facility': async (request) => {
    const facility = await addFacility(deps, request.body)
    request.note({ facilityId: facility.id })
    return { status: 201, body: facility }
  },
  'identity.change-facility': async ({ params, body, note }) => {
    note({ facilityId: params.facilityId })
    return { status: 200, body: await changeFacility(deps, { id: params.facilityId, ...body }) }
  },
})

import type { identityRoutes } from '@wellgate/shared/contracts/identity/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Deps } from '../deps.ts'
import { addFacility } from './add-facility.ts'
import type { FacilityRepository } from './facility-repository.ts'

type FacilityRoutes = 'identity.list-facilities' | 'identity.add-facility'

export const facilityHandlers = (
  deps: Pick<Deps, 'newId'>,
  facilities: FacilityRepository,
): Pick<Handlers<typeof identityRoutes>, FacilityRoutes> => ({
  'identity.list-facilities': async () => ({ status: 200, body: { items: await facilities.list() } }),
  'identity.add-facility': async (request) => {
    const facility = await addFacility(deps, facilities, request.body)
    request.note({ facilityId: facility.id })
    return { status: 201, body: facility }
  },
})

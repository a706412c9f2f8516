import { appointmentsRoutes } from './appointments/routes.ts'
import { identityRoutes } from './identity/routes.ts'
import { interopRoutes } from './interop/routes.ts'
import { patientsRoutes } from './patients/routes.ts'
import { recordsRoutes } from './records/routes.ts'
import type { RouteContract } from './route.ts'

/** Every route of this release, for the gateway, OpenAPI and the access matrix. */
export const allRoutes: readonly RouteContract[] = [
  ...identityRoutes,
  ...patientsRoutes,
  ...recordsRoutes,
  ...interopRoutes,
  ...appointmentsRoutes,
]

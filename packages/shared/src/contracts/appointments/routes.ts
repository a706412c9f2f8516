import { appointmentsAdminRoutes } from './admin-routes.ts'
import { appointmentsPatientRoutes } from './patient-routes.ts'
import { appointmentsWaitRoutes } from './wait-routes.ts'

export const appointmentsRoutes = [
  ...appointmentsPatientRoutes,
  ...appointmentsWaitRoutes,
  ...appointmentsAdminRoutes,
] as const

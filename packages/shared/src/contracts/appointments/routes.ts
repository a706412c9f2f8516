import { appointmentsAdminRoutes } from './admin-routes.ts'
import { appointmentsPatientRoutes } from './patient-routes.ts'

export const appointmentsRoutes = [...appointmentsPatientRoutes, ...appointmentsAdminRoutes] as const

import { billingAdminRoutes } from './admin-routes.ts'
import { billingPatientRoutes } from './patient-routes.ts'

export const billingRoutes = [...billingPatientRoutes, ...billingAdminRoutes] as const

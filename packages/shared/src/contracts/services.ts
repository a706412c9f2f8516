/** Every service that this release knows. A deployment may run any subset. */
export const SERVICES = ['gateway', 'identity', 'patients', 'records', 'interop', 'appointments', 'billing'] as const
export type ServiceName = (typeof SERVICES)[number]

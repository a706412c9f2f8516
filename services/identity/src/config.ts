import { serviceSlices } from '@wellgate/shared/runtime/config'

export const identitySlices = serviceSlices

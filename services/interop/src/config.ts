import { defineSlice } from '@wellgate/shared/config/slice'
import { serviceSlices } from '@wellgate/shared/runtime/config'
import { z } from 'zod'

export const interopSlice = defineSlice({
  WELLGATE_IMPORT_BILLING: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe(
      'true or false: billing runs in this installation, so imports send it Claims and ExplanationOfBenefits and wait for its answers; else these are set aside (default false)',
    ),
})

export const interopSlices = [...serviceSlices, interopSlice] as const

import type { Job } from '@wellgate/shared/runtime/jobs'
import type { Deps } from '../deps.ts'

/** What payments do by themselves. */
export const paymentJobs = (_deps: Deps): Job[] => []

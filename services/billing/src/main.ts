import process from 'node:process'
import { runMain } from '@wellgate/shared/runtime/main'
import { billingService } from './service.ts'

await runMain(billingService, process)

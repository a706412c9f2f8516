import process from 'node:process'
import { runMain } from '@wellgate/shared/runtime/main'
import { appointmentsService } from './service.ts'

await runMain(appointmentsService, process)

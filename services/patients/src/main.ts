import process from 'node:process'
import { runMain } from '@wellgate/shared/runtime/main'
import { patientsService } from './service.ts'

await runMain(patientsService, process)

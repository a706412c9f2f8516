import process from 'node:process'
import { runMain } from '@wellgate/shared/runtime/main'
import { recordsService } from './service.ts'

await runMain(recordsService, process)

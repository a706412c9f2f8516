import process from 'node:process'
import { runMain } from '@wellgate/shared/runtime/main'
import { interopService } from './service.ts'

await runMain(interopService, process)

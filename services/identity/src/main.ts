import process from 'node:process'
import { runMain } from '@wellgate/shared/runtime/main'
import { identityService } from './service.ts'

await runMain(identityService, process)

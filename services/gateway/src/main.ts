import process from 'node:process'
import { runMain } from '@wellgate/shared/runtime/main'
import { gateway } from './service.ts'

await runMain(gateway, process)

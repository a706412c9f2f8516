import { resolve } from 'node:path'
import process from 'node:process'
import { bundleService } from './bundle.ts'

const [service, version, out] = process.argv.slice(2)
if (!service || !version || !out) {
  process.stderr.write('bundle-main.ts <service> <version> <folder>\n')
  process.exit(64)
}
await bundleService(resolve(import.meta.dirname, '../../..'), service, version, out)

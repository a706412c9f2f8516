import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { SERVICES } from '@wellgate/shared/contracts/services'
import { bundleService } from '../image/bundle.ts'
import { ROOT } from './lock.ts'
import { bomOf, lockedBom } from './sbom.ts'

/** `npm run sbom [version] [folder]`: a CycloneDX file for each image, of what its bundle holds. */
const [version = '0.1.0', folder = '.wellgate/sbom', ...more] = process.argv.slice(2)
if (more.length > 0) {
  process.stderr.write(`sbom: takes a version and a folder, not ${more.join(' ')}\n`)
  process.exit(1)
}
const into = resolve(ROOT, folder)
mkdirSync(into, { recursive: true })
const scratch = mkdtempSync(join(tmpdir(), 'wellgate-sbom-'))
try {
  const locked = lockedBom()
  for (const service of SERVICES) {
    const shipped = await bundleService(ROOT, service, version, join(scratch, service))
    const bom = bomOf(service, version, shipped, locked)
    const file = join(into, `${service}.cdx.json`)
    writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`)
    process.stdout.write(`${file}: ${bom.components.length} packages\n`)
  }
} catch (error) {
  process.stderr.write(`sbom: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

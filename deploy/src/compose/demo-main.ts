import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { gatewayClient } from '../../../packages/local/src/demo/api.ts'
import { prepareDemo } from '../../../packages/local/src/demo/demo.ts'
import { FACILITY, tokenOf } from '../../../packages/local/src/demo/staff.ts'
import { openDataDir } from '../../../packages/local/src/data-dir.ts'

/**
 * `npm run compose-demo [gateway]`: staff and patients to log in as, on a running compose project, as `npm start` makes
 * them. The log-ins are in .wellgate/compose/demo.json, where the tour takes them from.
 */
const gateway = process.argv[2] ?? 'http://127.0.0.1:8080'
if (process.argv.length > 3 || !URL.canParse(gateway)) {
  process.stderr.write(`compose-demo: takes the URL of a gateway and nothing else\n`)
  process.exit(64)
}
const root = join(import.meta.dirname, '../../..')
const dir = openDataDir(join(root, '.wellgate/compose'))
const say = (line: string): void => void process.stdout.write(`${line}\n`)
try {
  const admin = { email: 'admin@demo.wellgate.local', password: dir.password('staff/admin') }
  if ((await tokenOf(gatewayClient(gateway), admin)) === null) {
    // What it tells of went with the volumes of another project.
    rmSync(join(dir.path, 'demo.json'), { force: true })
    const command = ['/nodejs/bin/node', 'dist/create-admin.js', '--email', admin.email]
    const clinic = ['--facility', FACILITY.name, '--time-zone', FACILITY.timeZone]
    const made = spawnSync('docker', ['compose', 'exec', '-T', 'identity', ...command, ...clinic], {
      cwd: root,
      input: `${admin.password}\n`,
      encoding: 'utf8',
    })
    if (made.status !== 0) throw new Error(`the first admin could not be made: ${made.stderr.trim()}`)
  }
  await prepareDemo({ gateway, dir, patients: true, identityEnv: {}, say })
  say(`ready: npm run tour -- --gateway ${gateway} --demo .wellgate/compose/demo.json`)
} catch (error) {
  process.stderr.write(`compose-demo: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  dir.release()
}

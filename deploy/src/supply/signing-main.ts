import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/**
 * `npm run test:signing`: signs a file with cosign and a key made for it, offline, and sees that only the file as it was
 * signed, by that key, is accepted. COSIGN names the program where it is not on the PATH.
 */
const COSIGN = process.env['COSIGN'] ?? 'cosign'
const folder = mkdtempSync(join(tmpdir(), 'wellgate-signing-'))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

function cosign(...args: string[]): boolean {
  const env = { ...process.env, COSIGN_PASSWORD: 'of a key that lives for seconds', COSIGN_YES: 'true' }
  return spawnSync(COSIGN, args, { cwd: folder, env, timeout: 60_000 }).status === 0
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`)
  say(what)
}

try {
  if (!cosign('version'))
    throw new Error('needs cosign 2.5 or newer (Debian 13: apt-get install cosign), or COSIGN=path')
  const file = join(folder, 'records.cdx.json')
  writeFileSync(file, '{"bomFormat":"CycloneDX"}\n')
  const verify = (key: string): boolean =>
    cosign('verify-blob', '--key', `${key}.pub`, '--signature', 'signature', '--insecure-ignore-tlog=true', file)

  must(cosign('generate-key-pair', '--output-key-prefix', 'release'), 'a key pair is made')
  must(cosign('generate-key-pair', '--output-key-prefix', 'stranger'), 'a stranger has one, too')
  const sign = ['sign-blob', '--key', 'release.key', '--tlog-upload=false', '--output-signature', 'signature', file]
  must(cosign(...sign), 'the file is signed, and no log is told')
  must(verify('release'), 'the file as it was signed is accepted')
  must(!verify('stranger'), "by a stranger's key it is refused")
  appendFileSync(file, ' ')
  must(!verify('release'), 'with one more blank it is refused')
} catch (error) {
  process.stderr.write(`test:signing: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

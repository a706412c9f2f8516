import { spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import { environmentOf } from '../src/policy/config.ts'
import { sides } from '../src/render/objects.ts'
import { canRender, overlay, SKIP_NOTE } from './rendered.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What the process itself says to `--check-config`, with an environment and nothing else. */
function checkConfig(service: string, env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const main = join(ROOT, 'services', service, 'src/main.ts')
    const child = spawn(process.execPath, [main, '--check-config'], { env })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.on('close', (code) => resolve({ code, said }))
  })
}

/** Files that the cluster mounts, in whose place any file stands that is there. */
const withFiles = (env: Record<string, string>): Record<string, string> =>
  'WELLGATE_KAFKA_CA_FILE' in env ? { ...env, WELLGATE_KAFKA_CA_FILE: import.meta.filename } : env

describe.runIf(canRender)(`--check-config with the environment of a cluster${SKIP_NOTE}`, () => {
  const found = canRender ? sides(overlay('eks')).filter(({ component }) => component === 'http') : []

  test.each(found.map((side) => [side.service, side] as const))('%s takes it', async (service, side) => {
    const { code, said } = await checkConfig(service, withFiles(environmentOf(overlay('eks'), side)))
    expect(said).toBe(`${service}: the configuration is valid\n`)
    expect(code).toBe(0)
  })

  test('a typo is named, and no secret is', async () => {
    const records = found.find(({ service }) => service === 'records')
    if (!records) throw new Error('no records')
    const env = { ...environmentOf(overlay('eks'), records), WELLGATE_POOL_MAXX: '5', DATABASE_URL: 'mysql://s3cret' }
    const { code, said } = await checkConfig('records', env)
    expect(code).toBe(78)
    expect(said).toContain('WELLGATE_POOL_MAXX is not known here: probably a typo of WELLGATE_POOL_MAX')
    expect(said).not.toContain('s3cret')
  })
})

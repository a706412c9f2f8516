import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { logInCast } from '../journey/cast.ts'
import { visitChapter } from '../journey/chapters.ts'
import { importToScreen } from '../journey/import-to-screen.ts'
import { createPortal } from '../portal.ts'
import { readBundles, samplesDir } from '../samples.ts'

const USAGE = `npm run tour -- [options]          plays a patient's way through a running Wellgate
  --gateway URL    where it runs (default: as demo.json says)
  --demo FILE      log-ins of the staff (default .wellgate/demo.json, which npm start writes; or that of WELLGATE_DATA_DIR)
  --samples DIR    FHIR bundles to import (default: those of the tests; else the project's own)`

const OWN_FIXTURES = join(import.meta.dirname, '../../fixtures')

interface DemoFile {
  readonly gateway: string
  readonly staff: readonly { role: string; email: string; password: string }[]
  readonly patients: readonly { id: string; email: string; password: string }[]
}

async function tour(): Promise<void> {
  const { values } = parseArgs({
    options: {
      gateway: { type: 'string' },
      demo: { type: 'string', default: join(process.env['WELLGATE_DATA_DIR'] || '.wellgate', 'demo.json') },
      samples: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return void process.stdout.write(`${USAGE}\n`)
  if (!existsSync(values.demo))
    throw new Error(`there is no ${values.demo}: run npm start first, or name it with --demo`)
  const demo = JSON.parse(readFileSync(values.demo, 'utf8')) as DemoFile
  const folder = values.samples ? samplesDir(values.samples) : (samplesDir() ?? samplesDir(OWN_FIXTURES))
  if (!folder)
    throw new Error(`there are no FHIR bundles in ${values.samples ?? OWN_FIXTURES}: name a folder with --samples`)

  const portal = createPortal(values.gateway ?? demo.gateway)
  const say = (line: string): void => void process.stdout.write(`   ${line}\n`)
  const title = (line: string): void => void process.stdout.write(`\n${line}\n`)

  title(`Wellgate at ${portal.gateway}`)
  const cast = await logInCast(portal, demo)
  say('the front desk, a clinician and a biller logged in')
  say('two other patients logged in, to try what is none of their business, and to want what somebody else has')

  const bundles = readBundles(folder)
  for (const [index, bundle] of bundles.entries()) {
    title(`${index + 1} of ${bundles.length}: ${bundle.resources.length} resources of another hospital`)
    const next = visitChapter(portal, cast, say)
    await importToScreen(portal, cast.desk, cast.rivals[0], bundle, say, next)
  }
  title(`The tour is complete: ${bundles.length} patients, from a hospital's file to a visit in their own record.`)
}

try {
  await tour()
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  const mistyped = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
  const down = error instanceof TypeError && /fetch failed/.test(message)
  process.stderr.write(
    `\nThe tour stopped: ${down ? 'nothing answers there. Is npm start ready?' : message}\n${mistyped ? `${USAGE}\n` : ''}`,
  )
  process.exitCode = 1
}

import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { generatedForWatching } from '../deploy/src/observability/generated.ts'
import { environmentDoc } from './docs/environment.ts'
import { eventsDoc } from './docs/events.ts'
import { metricsDoc } from './docs/metrics.ts'

/** The generated pages of docs/: path -> text. A test compares them with what is committed. */
export const generatedDocs = (): Record<string, string> => ({
  'docs/events.md': eventsDoc(),
  'docs/environment.md': environmentDoc(),
  'docs/metrics.md': metricsDoc(),
})

if (import.meta.main) {
  for (const [path, text] of Object.entries({ ...generatedDocs(), ...generatedForWatching() })) {
    const file = new URL(`../${path}`, import.meta.url)
    let before = ''
    try {
      before = readFileSync(file, 'utf8')
    } catch {
      // A new page.
    }
    writeFileSync(file, text)
    process.stdout.write(`${path}: ${before === text ? 'unchanged' : 'written'}\n`)
  }
}

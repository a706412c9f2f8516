import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { pdfkitFonts } from '../src/image/pdfkit-fonts.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The packages whose code a service's process loads when it starts: what it imports later lies in other chunks. */
async function loadedAtStart(service: string): Promise<Set<string>> {
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: ROOT,
    entryPoints: [`services/${service}/src/main.ts`],
    outdir: 'never-written',
    write: false,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    loader: { '.node': 'copy' },
    plugins: [pdfkitFonts],
    logLevel: 'error',
  })
  const names = new Set<string>()
  const read = new Set<string>()
  const visit = (path: string): void => {
    const output = metafile.outputs[path]
    if (output === undefined || read.has(path)) return
    read.add(path)
    for (const file of Object.keys(output.inputs)) {
      const name = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]
      if (name !== undefined) names.add(name)
    }
    for (const { path: imported, kind } of output.imports) if (kind === 'import-statement') visit(imported)
  }
  visit('never-written/main.js')
  return names
}

// Each costs an idle process megabytes that a small installation does not have (docs/operations/sizing.md).
test.each([
  ['billing', ['kafkajs', 'stripe'], ['fastify', 'pg', 'zod']],
  ['records', ['kafkajs'], ['fastify', 'pg', 'zod']],
  ['gateway', ['kafkajs', 'pg'], ['fastify', 'zod']],
] as const)('%s loads what few need when they need it: %j', async (service, later, atOnce) => {
  const loaded = await loadedAtStart(service)
  expect(atOnce.filter((name) => !loaded.has(name))).toEqual([])
  expect(later.filter((name) => loaded.has(name))).toEqual([])
})

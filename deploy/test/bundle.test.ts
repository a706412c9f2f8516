import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { pdfkitFonts } from '../src/image/pdfkit-fonts.ts'
import type * as Pdf from '../../services/billing/src/pdf.ts'

const ROOT = join(import.meta.dirname, '../..')
// Outside of the project: nothing of its node_modules is found from there, as in an image.
const scratch = mkdtempSync(join(tmpdir(), 'wellgate-bundle-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

test('a receipt is written where there is no pdfkit but what was bundled', async () => {
  const outfile = join(scratch, 'pdf.mjs')
  await build({
    entryPoints: [join(ROOT, 'services/billing/src/pdf.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins: [pdfkitFonts],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
  })
  const { toPdf } = (await import(pathToFileURL(outfile).href)) as typeof Pdf
  const paper = { title: 'Receipt', facts: [], rows: [], totals: [], foot: 'Thank you' }
  expect((await toPdf(paper, new Date(0))).subarray(0, 5).toString()).toBe('%PDF-')
})

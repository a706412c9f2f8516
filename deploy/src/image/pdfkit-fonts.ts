import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

const MADE = 'const require$1 = createRequire(import.meta.url);'

/** pdfkit asks for its fonts by a `require` of its own making, which a bundler does not see: made a plain one, they are bundled. */
export const pdfkitFonts: Plugin = {
  name: 'pdfkit-fonts',
  setup(build) {
    build.onLoad({ filter: /pdfkit\/js\/pdfkit\.node\.mjs$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      if (!text.includes(MADE)) throw new Error(`${path} asks for its fonts in another way now`)
      return { contents: text.replace(MADE, '').replaceAll('require$1(', 'require('), loader: 'js' }
    })
  },
}

import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build, type Metafile } from 'esbuild'
import { pdfkitFonts } from './pdfkit-fonts.ts'

/** Files that sources read beside themselves, by `import.meta.url`: bundled, all of them live in `dist`. */
const BESIDE = ['db/platform.sql', 'crypto/keys.sql', 'messaging/postgres/events.sql']

export interface BundledPackage {
  readonly name: string
  readonly version: string
}

/** What an image runs besides its service. */
const COMMANDS = {
  health: 'deploy/src/image/health-main.ts',
  migrate: 'deploy/src/image/migrate-main.ts',
  provision: 'deploy/src/image/provision-main.ts',
  'copy-keyring': 'deploy/src/image/copy-keyring-main.ts',
  parked: 'scripts/parked.ts',
  republish: 'scripts/republish.ts',
}

/**
 * Bundles a service and its commands into `out`: `dist/*.js` with what they share in chunks, `prisma/migrations`, and
 * the one package that is read as files. The layout keeps every `import.meta.url` of the sources true. Answers with the
 * packages that are in it.
 * @throws Error when there is no such service
 */
export async function bundleService(
  root: string,
  service: string,
  version: string,
  out: string,
): Promise<BundledPackage[]> {
  const home = join(root, 'services', service)
  if (!existsSync(join(home, 'src/main.ts'))) throw new Error(`there is no service ${service} in ${root}/services`)
  const own = existsSync(join(home, 'src/create-admin-main.ts'))
    ? { 'create-admin': join(home, 'src/create-admin-main.ts') }
    : {}
  // Compose's stand-in for the payment processor needs no image of its own.
  const sandbox =
    service === 'billing' ? { 'payment-sandbox': join(root, 'packages/local/src/payment-sandbox/main.ts') } : {}
  const commands = Object.fromEntries(Object.entries(COMMANDS).map(([name, file]) => [name, join(root, file)]))
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: { main: join(home, 'src/main.ts'), ...commands, ...own, ...sandbox },
    outdir: join(out, 'dist'),
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'none',
    external: ['pg-native'],
    loader: { '.node': 'copy' },
    plugins: [pdfkitFonts],
    define: { IMAGE_SERVICE: JSON.stringify(service), 'process.env.NODE_ENV': '"production"' },
    // Packages in CommonJS ask for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  })
  for (const file of BESIDE) {
    cpSync(join(root, 'packages/shared/src', file), join(out, 'dist', file.slice(file.lastIndexOf('/') + 1)))
  }
  const migrations = join(home, 'prisma/migrations')
  if (existsSync(migrations)) cpSync(migrations, join(out, 'prisma/migrations'), { recursive: true })
  const files = service === 'gateway' ? [copySwaggerUi(home, out)] : []
  mkdirSync(out, { recursive: true })
  writeFileSync(
    join(out, 'package.json'),
    `${JSON.stringify({ name: `@wellgate/${service}`, version, type: 'module' })}\n`,
  )
  return [...packageFolders(metafile).map((folder) => join(root, folder)), ...files].map(readPackage)
}

/** The folders of packages that the bundle has code of. */
function packageFolders({ outputs }: Metafile): string[] {
  const used = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs))
  const folders = used.flatMap((file) => file.match(/^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/)?.[0] ?? [])
  return [...new Set(folders)].toSorted()
}

function readPackage(folder: string): BundledPackage {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as BundledPackage
  return { name, version }
}

/** Served as files: the page, its style and icon, without maps and the variants that are not asked for. */
function copySwaggerUi(home: string, out: string): string {
  const from = dirname(createRequire(join(home, 'package.json')).resolve('swagger-ui-dist/package.json'))
  const to = join(out, 'node_modules/swagger-ui-dist')
  const files = ['package.json', 'LICENSE', 'NOTICE', 'swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']
  for (const file of files) if (existsSync(join(from, file))) cpSync(join(from, file), join(to, file))
  return from
}

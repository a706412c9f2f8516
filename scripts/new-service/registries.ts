import type { Names } from './names.ts'

/** A file that lists services, and how it reads with one more. */
interface Registry {
  readonly path: string
  add(text: string, names: Names): string
}

/** Puts `addition` at the end of the last match: after the newest of its kind. */
function afterLast(text: string, pattern: RegExp, addition: string): string {
  const last = [...text.matchAll(pattern)].at(-1)
  if (!last) throw new Error(`nothing in it looks like ${pattern}`)
  const end = last.index + last[0].length
  return text.slice(0, end) + addition + text.slice(end)
}

/** Adds to the list `name = ['a', 'b']`, in one line or several. */
const toList = (text: string, name: string, item: string): string =>
  afterLast(text, new RegExp(`\\b${name}\\b[^=]*= \\[[^\\]]*?(?=,?\\s*\\])`, 'g'), `, ${item}`)

const contracts = 'packages/shared/src/contracts'

/**
 * Every place that knows services by name. What can be derived from these is derived; a place that is not here and needs
 * the name is missed by scripts/new-service, and its test in e2e says so.
 */
export const REGISTRIES: readonly Registry[] = [
  { path: `${contracts}/services.ts`, add: (text, { kebab }) => toList(text, 'SERVICES', `'${kebab}'`) },
  {
    path: `${contracts}/about.ts`,
    add: (text, { kebab }) =>
      afterLast(text, /\n {2}['\w-]+: '[^\n]+',/g, `\n  ${keyOf(kebab)}: 'Notes about a patient.',`),
  },
  ...(['routes', 'events'] as const).map((kind) => {
    const Kind = kind === 'routes' ? 'Routes' : 'Events'
    return {
      path: `${contracts}/all-${kind}.ts`,
      add: (text: string, { kebab, camel }: Names) =>
        afterLast(
          afterLast(
            text,
            new RegExp(`import \\{ \\w+${Kind} \\} from '\\./[^']+'\\n`, 'g'),
            `import { ${camel}${Kind} } from './${kebab}/${kind}.ts'\n`,
          ),
          new RegExp(`  \\.\\.\\.\\w+${Kind},\\n`, 'g'),
          `  ...${camel}${Kind},\n`,
        ),
    }
  }),
  {
    path: `${contracts}/patients/events.ts`,
    add: (text, { kebab }) =>
      text.replace(/(type: 'patient\.registered',[^}]*?readers: \[[^\]]*?)(,?\s*\])/, `$1, '${kebab}'$2`),
  },
  {
    path: 'vitest.config.ts',
    add: (text, { kebab }) =>
      afterLast(
        text,
        /\n {6}project\('[^']+', 'services\/[^']+'\),/g,
        `\n      project('${kebab}', 'services/${kebab}'),`,
      ),
  },
  {
    path: 'services/gateway/src/config.ts',
    add: (text, { kebab, upper }) =>
      afterLast(
        text,
        /\n {2}WELLGATE_UPSTREAM_\w+: upstream\('[^']+'\),/g,
        `\n  WELLGATE_UPSTREAM_${upper}: upstream('${kebab}'),`,
      ),
  },
  {
    path: 'services/gateway/src/service.ts',
    add: (text, { kebab, upper }) =>
      afterLast(
        text,
        /\n {4}['\w-]+: config\.WELLGATE_UPSTREAM_\w+,/g,
        `\n    ${keyOf(kebab)}: config.WELLGATE_UPSTREAM_${upper},`,
      ),
  },
  {
    path: 'packages/local/src/install/services.ts',
    add: (text, { kebab }) => toList(text, 'DATABASE_SERVICES', `'${kebab}'`),
  },
  {
    path: 'scripts/service-command.ts',
    add: (text, { kebab, camel }) =>
      afterLast(
        toList(text, 'SERVICES', `'${kebab}'`),
        /\n {2}['\w-]+: async \(\) => \(await import\('[^']+'\)\)\.\w+,/g,
        `\n  ${keyOf(kebab)}: async () => (await import('../services/${kebab}/src/service.ts')).${camel}Service,`,
      ),
  },
  {
    path: 'e2e/test/access-table.ts',
    // The last row of a table whose keys are routes.
    add: (text, { kebab }) =>
      afterLast(
        text,
        /\n {2}'[a-z-]+\.[a-z-]+': [^\n]+,(?=\n\})/g,
        `\n\n  '${kebab}.list-notes': CHART,\n  '${kebab}.add-note': CHART,`,
      ),
  },
  { path: 'package-lock.json', add: addToLock },
]

const keyOf = (kebab: string): string => (kebab.includes('-') ? `'${kebab}'` : kebab)

/** As npm writes a workspace whose packages are all there already; `npm ci` refuses a lockfile without it. */
function addToLock(text: string, { kebab }: Names): string {
  const lock = JSON.parse(text) as { packages: Record<string, object> }
  const example = lock.packages['services/appointments'] as { dependencies: object }
  const packages = {
    ...lock.packages,
    [`node_modules/@wellgate/${kebab}`]: { resolved: `services/${kebab}`, link: true },
    [`services/${kebab}`]: { name: `@wellgate/${kebab}`, version: '0.1.0', dependencies: example.dependencies },
  }
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`
}

/** Every registry with the service in it, by path. @throws Error naming a file that was rewritten so that it is not understood */
export function register(names: Names, read: (path: string) => string): Map<string, string> {
  return new Map(
    REGISTRIES.map(({ path, add }) => {
      const before = read(path)
      let after = before
      try {
        after = add(before, names)
      } catch (error) {
        throw new Error(
          `${path} has changed its shape: ${(error as Error).message}; mend scripts/new-service/registries.ts`,
          {
            cause: error,
          },
        )
      }
      if (after === before) throw new Error(`${path} has changed its shape: mend scripts/new-service/registries.ts`)
      return [path, after] as const
    }),
  )
}

/** How a service's name is written where. */
export interface Names {
  /** `lab-orders`: folder, routes, events, schema. */
  readonly kebab: string
  /** `labOrders`: TypeScript. */
  readonly camel: string
  /** `LAB_ORDERS`: variables of the environment. */
  readonly upper: string
}

/** What is something else already: schemas, packages, topics and groups of the platform. */
const RESERVED = new Set(['shared', 'local', 'deploy', 'e2e', 'bench', 'events', 'public', 'postgres', 'access', 'v1'])
/** Roles are `<name>_owner` and `<name>_app`, and Postgres cuts names at 63 bytes. */
const MAX_LENGTH = 40

/** Why a service cannot be called that, or null when it can. */
export function whyNot(name: string | undefined, taken: ReadonlySet<string>): string | null {
  if (name === undefined || name === '') return 'say what to call it: npm run new-service -- lab-orders'
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return `"${name}" is not kebab-case: lower-case words of letters and digits, joined by dashes, as in lab-orders`
  }
  if (name.length > MAX_LENGTH) return `"${name}" is longer than ${MAX_LENGTH} characters`
  if (taken.has(name)) return `there is a service "${name}" already: see services/${name}`
  if (RESERVED.has(name) || name.startsWith('pg-')) return `"${name}" is the platform's own word: choose another`
  return null
}

export function namesOf(kebab: string): Names {
  return {
    kebab,
    camel: kebab.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    upper: kebab.replaceAll('-', '_').toUpperCase(),
  }
}

/** The parts of a service that a process runs. All on a laptop; in a cluster the request side and the consumer side are two Deployments. */
export const PROCESS_ROLES = ['http', 'consumers', 'relay'] as const
export type ProcessRole = (typeof PROCESS_ROLES)[number]

/** Reads `--roles http,consumers` (all by default). @throws Error that names the wrong role, or an option that there is not */
export function parseRoles(argv: readonly string[]): ReadonlySet<ProcessRole> {
  const unknown = argv.filter((argument, index) => !isKnown(argument) && argv[index - 1] !== '--roles')
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: not known; there are --roles and --check-config`)
  const at = argv.findIndex((argument) => argument === '--roles' || argument.startsWith('--roles='))
  if (at < 0) return new Set(PROCESS_ROLES)
  const argument = argv[at] ?? ''
  const text = argument.includes('=') ? argument.slice(argument.indexOf('=') + 1) : (argv[at + 1] ?? '')
  const roles = text.split(',').filter((role) => role !== '')
  const wrong = roles.filter((role) => !(PROCESS_ROLES as readonly string[]).includes(role))
  if (roles.length === 0 || wrong.length > 0) {
    throw new Error(
      `--roles takes ${PROCESS_ROLES.join(', ')}, comma-separated${wrong.length > 0 ? `; not ${wrong.join(', ')}` : ''}`,
    )
  }
  return new Set(roles as ProcessRole[])
}

const isKnown = (argument: string): boolean =>
  argument === '--check-config' || argument === '--roles' || argument.startsWith('--roles=')

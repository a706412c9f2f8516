/** `npm audit --json`, version 2 of its report: as much as is read here. */
export interface AuditReport {
  readonly vulnerabilities: Readonly<
    Record<
      string,
      {
        readonly via: readonly (string | { readonly url: string; readonly severity: string; readonly title: string })[]
      }
    >
  >
}

/** An advisory that we live with for a while. */
export interface Allowed {
  /** As in the advisory's address: GHSA-…. */
  readonly id: string
  readonly reason: string
  /** The last day, UTC, on which it is allowed. */
  readonly until: string
}

export interface Finding {
  readonly id: string
  readonly name: string
  readonly severity: string
  readonly title: string
}

/** Each advisory once, with the package it is about. */
export const findingsOf = ({ vulnerabilities }: AuditReport): Finding[] => {
  const all = Object.entries(vulnerabilities).flatMap(([name, { via }]) =>
    via.flatMap((cause) =>
      typeof cause === 'string'
        ? []
        : [{ id: cause.url.slice(cause.url.lastIndexOf('/') + 1), name, severity: cause.severity, title: cause.title }],
    ),
  )
  return [...new Map(all.map((finding) => [`${finding.id} ${finding.name}`, finding])).values()]
}

/** What is wrong with the allow-list itself, whether or not anybody can be asked. `today` is a day, UTC. */
export const expired = (allowed: readonly Allowed[], today: string): string[] =>
  allowed
    .filter(({ until }) => !(until >= today))
    .map(({ id, until, reason }) => `${id} was allowed until ${until} only (${reason})`)

/** What must be mended: an advisory of high or critical severity that is not allowed; an entry that nothing needs. */
export function auditProblems(findings: readonly Finding[], allowed: readonly Allowed[]): string[] {
  return [
    ...findings
      .filter(({ severity }) => severity === 'high' || severity === 'critical')
      .filter(({ id }) => !allowed.some((one) => one.id === id))
      .map(({ id, name, severity, title }) => `${id} ${severity}: ${name}: ${title}`),
    ...allowed
      .filter(({ id }) => !findings.some((one) => one.id === id))
      .map(({ id }) => `${id} is allowed, and not there`),
  ]
}

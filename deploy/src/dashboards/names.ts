/** Chosen at the top of each dashboard: what its Prometheus is called differs between Grafanas. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const

export const RUNBOOKS = 'https://github.com/wellgate/wellgate/blob/main/docs/runbooks'

/** 99.95 % of requests, as in recording.yml. */
export const ERROR_BUDGET = 0.0005

/** How long an answer waits for its audit entry, in milliseconds; then it is refused. */
export const AUDIT_DEADLINE_MS = 2_000

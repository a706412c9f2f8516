import { randomUUID } from 'node:crypto'

/**
 * A UUIDv7 (RFC 9562): milliseconds, then random bits, in order of time to the millisecond. Made of a random UUID, whose
 * entropy Node draws in batches: a request makes two ids, and a system call for each would cost as much as verifying it.
 */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

import { z } from 'zod'
import { SealError } from '../crypto/failures.ts'
import { mapSqlState, sqlStateOf } from '../db/sqlstate.ts'
import { DomainError } from '../errors/problem.ts'
import { InvalidMessage, pathsOf } from './message.ts'

/** A statement that always runs into its timeout is a fault of the handler, though the request side may retry it. */
const STATEMENT_TIMEOUT = '57014'

/** True for an outage around the handler rather than a fault of the event: waited for, never counted as an attempt. */
export function isOutage(error: unknown): boolean {
  const mapped = mapSqlState(error)
  return mapped instanceof DomainError && mapped.status === 503 && sqlStateOf(mapped) !== STATEMENT_TIMEOUT
}

/** True for what no repeat can mend: the event does not satisfy its contract, or its payload does not open. */
export function isInvalid(error: unknown): boolean {
  return error instanceof InvalidMessage || error instanceof z.ZodError || error instanceof SealError
}

/**
 * Why an event was parked, safe to store and show: names, codes and places. A message of foreign code may quote the
 * payload, so only messages that this platform wrote are kept.
 */
export function causeOf(error: unknown): string {
  if (error instanceof z.ZodError) return `payload does not satisfy its contract at ${pathsOf(error)}`
  if (error instanceof InvalidMessage) return error.message
  if (error instanceof SealError) return `payload does not open: ${error.reason}`
  if (!(error instanceof Error)) return `thrown: ${typeof error}`
  if (error instanceof DomainError) return `${error.code}: ${error.title}`
  const { constraint, table } = error as { constraint?: unknown; table?: unknown }
  const facts = [codeOf(error), table, constraint].filter((fact) => typeof fact === 'string')
  const place = /^\s+at (.*)$/m.exec(error.stack ?? '')?.[1]
  return [[error.name, ...facts].join(' '), place].filter(Boolean).join(', at ').slice(0, 400)
}

function codeOf(error: Error): string | undefined {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' ? code : undefined
}

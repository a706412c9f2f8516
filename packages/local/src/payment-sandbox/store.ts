import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs'
import type { Intent, Plan, Refund, SandboxEvent, StoredAnswer } from './objects.ts'

/** What one request changes: written as one line, so that a killed sandbox has done all of it or nothing. */
export interface Change {
  readonly intents?: readonly Intent[]
  readonly refunds?: readonly Refund[]
  readonly answers?: Readonly<Record<string, StoredAnswer>>
  readonly plans?: readonly Plan[]
  readonly events?: readonly SandboxEvent[]
  readonly delivered?: readonly string[]
}

export interface Store {
  readonly intents: ReadonlyMap<string, Intent>
  readonly refunds: ReadonlyMap<string, Refund>
  readonly answers: ReadonlyMap<string, StoredAnswer>
  readonly plans: ReadonlyMap<string, Plan>
  /** Every event there was, delivered or not; oldest first. */
  readonly events: ReadonlyMap<string, SandboxEvent>
  readonly undelivered: ReadonlySet<string>
  commit(change: Change): void
}

/** The sandbox's memory; with a file it outlives the process. */
export function openStore(file?: string): Store {
  const intents = new Map<string, Intent>()
  const refunds = new Map<string, Refund>()
  const answers = new Map<string, StoredAnswer>()
  const plans = new Map<string, Plan>()
  const events = new Map<string, SandboxEvent>()
  const undelivered = new Set<string>()

  const apply = (change: Change): void => {
    for (const intent of change.intents ?? []) intents.set(intent.id, intent)
    for (const refund of change.refunds ?? []) refunds.set(refund.id, refund)
    for (const [key, answer] of Object.entries(change.answers ?? {})) answers.set(key, answer)
    for (const { id, status } of [...(change.intents ?? []), ...(change.refunds ?? [])])
      if (status !== 'processing' && status !== 'pending') plans.delete(id)
    for (const plan of change.plans ?? []) plans.set(plan.id, plan)
    for (const event of change.events ?? []) {
      events.set(event.id, event)
      undelivered.add(event.id)
    }
    for (const id of change.delivered ?? []) undelivered.delete(id)
  }
  if (file !== undefined && existsSync(file)) for (const change of readLines(file)) apply(change)
  return {
    intents,
    refunds,
    answers,
    plans,
    events,
    undelivered,
    commit(change) {
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(change)}\n`, { mode: 0o600 })
      apply(change)
    },
  }
}

/** The lines that were written whole; what was cut off by a kill is taken away, so that the next line starts anew. */
function readLines(file: string): Change[] {
  const text = readFileSync(file, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole))
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Change)
}

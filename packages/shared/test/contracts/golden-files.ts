import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { RouteContract } from '../../src/contracts/route.ts'
import type { Envelope } from '../../src/messaging/envelope.ts'
import type { ContractsDocument } from './document.ts'

const folder = new URL('../golden/', import.meta.url)
const CONTRACTS = 'contracts.json'

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, folder), 'utf8'))

/** The events of the last release, by the type on the wire: whole CloudEvents messages, protected payloads opened. */
export const goldenEvent = (type: string): Envelope => read(`events/${type}.json`) as Envelope

/** The body of a route's answer as the last release sent it. */
export const goldenAnswer = (name: string): unknown => read(`answers/${name}.json`)

/** Names of the golden files of a kind, without `.json`. */
export const goldenNames = (kind: 'events' | 'answers'): string[] =>
  readdirSync(new URL(`${kind}/`, folder))
    .map((file) => file.replace(/\.json$/, ''))
    .toSorted()

/** The contracts of the last release; undefined before the first. */
export const goldenContracts = (): ContractsDocument | undefined =>
  existsSync(new URL(CONTRACTS, folder)) ? (read(CONTRACTS) as ContractsDocument) : undefined

/** Makes the present contracts those of the last release. */
export function keepContracts(document: ContractsDocument): void {
  writeFileSync(new URL(CONTRACTS, folder), `${JSON.stringify(document, null, 1)}\n`)
}

/** `<route id>.<status>` of every answer that has a JSON body, with its schema. */
export function answersOf(routes: readonly RouteContract[]) {
  const json = routes.filter(({ answerType }) => answerType === undefined)
  return json.flatMap((contract) =>
    Object.entries(contract.answers).flatMap(([status, schema]) =>
      schema ? [{ name: `${contract.id}.${status}`, status: Number(status), contract, schema }] : [],
    ),
  )
}

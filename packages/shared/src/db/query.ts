import type { Pool, QueryResult, QueryResultRow } from 'pg'
import { inSpan } from '../observability/trace-scope.ts'
import { mapSqlState } from './sqlstate.ts'
import type { Tx } from './tx.ts'

export type Queryable = Pool | Tx

/** SQL with a name: the server parses and plans it once a connection. `Row` is what it selects. */
export interface Statement<Row extends QueryResultRow = QueryResultRow> {
  readonly name: string
  readonly text: string
  /** How long its answer is waited for, where that is not the pool's. The server's own limit is set in the transaction. */
  readonly timeoutMs?: number | undefined
  /** Only a type. */
  readonly row?: Row
}

/** Names a statement; names are unique in a service (`patients.by-id`), and Postgres cuts them at 63 bytes. */
export function statement<Row extends QueryResultRow = QueryResultRow>(
  name: string,
  text: string,
  options: { readonly timeoutMs?: number } = {},
): Statement<Row> {
  if (Buffer.byteLength(name) > 63) throw new Error(`the statement name ${name} is longer than 63 bytes`)
  return { name, text, timeoutMs: options.timeoutMs }
}

/** Every row. @throws `unavailable` when the database cannot answer; other errors of pg as they are */
export async function rows<Row extends QueryResultRow>(
  q: Queryable,
  query: Statement<Row>,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return (await run<Row>(q, query, values)).rows
}

/** The only row. @throws Error when there is none or more than one: the caller was sure */
export async function one<Row extends QueryResultRow>(
  q: Queryable,
  query: Statement<Row>,
  values: readonly unknown[] = [],
): Promise<Row> {
  const row = await maybeOne(q, query, values)
  if (!row) throw new Error(`${query.name}: expected one row, found none`)
  return row
}

/** The row, if there is one. @throws Error when there is more than one */
export async function maybeOne<Row extends QueryResultRow>(
  q: Queryable,
  query: Statement<Row>,
  values: readonly unknown[] = [],
): Promise<Row | undefined> {
  const found = await rows(q, query, values)
  if (found.length > 1) throw new Error(`${query.name}: expected at most one row, found ${found.length}`)
  return found[0]
}

/** Runs a statement for its effect: how many rows it touched. */
export async function execute(q: Queryable, query: Statement, values: readonly unknown[] = []): Promise<number> {
  return (await run(q, query, values)).rowCount ?? 0
}

async function run<Row extends QueryResultRow>(
  q: Queryable,
  { name, text, timeoutMs }: Statement<Row>,
  values: readonly unknown[],
): Promise<QueryResult<Row>> {
  // The name and nothing else: a text may hold a literal, and values are the patient's.
  const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': name }
  const query = { name, text, values: [...values], query_timeout: timeoutMs }
  try {
    return await inSpan(name, { kind: 'client', attributes }, () => q.query<Row>(query))
  } catch (error) {
    throw mapSqlState(error)
  }
}

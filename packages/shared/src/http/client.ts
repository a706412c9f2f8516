import type { z } from 'zod'
import type { ProblemStatus, RouteContract } from '../contracts/route.ts'
import type { Problem } from './problems.ts'

type InputOf<S> = S extends z.ZodType ? z.input<S> : undefined
type Field<Name extends string, S> = S extends z.ZodType
  ? Partial<z.input<S>> extends z.input<S>
    ? { readonly [N in Name]?: z.input<S> }
    : { readonly [N in Name]: z.input<S> }
  : { readonly [N in Name]?: undefined }

export type CallOptions<C extends RouteContract> = {
  readonly baseUrl: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is, for contracts that keep what they receive, and for tests of what is malformed. */
  readonly rawBody?: string | Uint8Array
  readonly signal?: AbortSignal
} & Field<'params', C['params']> &
  Field<'query', C['query']> & { readonly body?: InputOf<C['body']> }

type Success<C extends RouteContract> = {
  [S in keyof C['answers'] & number]: {
    readonly status: S
    readonly headers: Headers
    readonly body: C['answers'][S] extends z.ZodType ? z.output<C['answers'][S]> : undefined
  }
}[keyof C['answers'] & number]

export type CallResult<C extends RouteContract> =
  | Success<C>
  | { readonly status: ProblemStatus | 405 | 500; readonly headers: Headers; readonly body: Problem }

/**
 * Calls a contract over HTTP, for tests, the tour and journeys. A problem is an answer, not an exception; rejects only
 * when there is no answer. The body is what was sent, not checked again.
 */
export async function call<C extends RouteContract>(contract: C, options: CallOptions<C>): Promise<CallResult<C>> {
  const { baseUrl, token, headers = {}, params, query, body, rawBody, signal } = options as CallOptions<RouteContract>
  const url = new URL(fill(contract.path, params ?? {}), baseUrl)
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(body))
  const answer = await fetch(url, {
    method: contract.method,
    redirect: 'error',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(sent === undefined ? {} : { 'content-type': contract.contentType ?? 'application/json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
    ...(signal ? { signal } : {}),
  })
  if (contract.answerType && answer.ok) {
    const bytes = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, headers: answer.headers, body: bytes } as unknown as CallResult<C>
  }
  const text = await answer.text()
  const parsed: unknown = text === '' ? undefined : JSON.parse(text)
  return { status: answer.status, headers: answer.headers, body: parsed } as CallResult<C>
}

function fill(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
}

import type { RouteContract } from '../contracts/route.ts'

export interface CallOptions {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface CallAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON, a Buffer where it is a PDF, else text; what a test needs of it, it asserts. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads answers freely; the contract is checked by the server
  readonly body: any
}

/** Calls a route of a running service over real HTTP. Strings and bytes are sent as they are, all else as JSON. */
export async function call(baseUrl: string, contract: RouteContract, options: CallOptions = {}): Promise<CallAnswer> {
  const path = contract.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(options.params?.[name] ?? `:${name}`),
  )
  const query = Object.entries(options.query ?? {}).map(([name, value]): [string, string] => [name, String(value)])
  const search = query.length > 0 ? `?${new URLSearchParams(query).toString()}` : ''
  const raw = typeof options.body === 'string' || options.body instanceof Uint8Array
  const response = await fetch(baseUrl + path + search, {
    method: contract.method,
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': contract.contentType ?? 'application/json' }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: raw ? (options.body as string) : JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(30_000),
  })
  const type = response.headers.get('content-type') ?? ''
  const bytes = Buffer.from(await response.arrayBuffer())
  if (type === 'application/pdf') return { status: response.status, headers: response.headers, body: bytes }
  const text = bytes.toString('utf8')
  const json = type.includes('json') && text !== ''
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
}

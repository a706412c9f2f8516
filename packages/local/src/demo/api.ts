/** An answer of the gateway, as plain JSON. */
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export type Call = (
  method: string,
  path: string,
  options?: { token?: string; body?: unknown; type?: string; headers?: Record<string, string> },
) => Promise<Answer>

/** Calls the gateway as any client would; the demo gets no back door. */
export function gatewayClient(gateway: string): Call {
  return async (method, path, options = {}) => {
    const response = await fetch(gateway + path, {
      method,
      headers: {
        ...(options.body === undefined ? {} : { 'content-type': options.type ?? 'application/json' }),
        ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(30_000),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
  }
}

/** The body of an answer that has one of the statuses. @throws Error that names the call and the problem's code */
export async function must(
  answer: Promise<Answer>,
  what: string,
  ...statuses: number[]
): Promise<Record<string, unknown>> {
  const { status, body } = await answer
  if (!statuses.includes(status))
    throw new Error(`${what}: the gateway answered ${status} ${JSON.stringify(body['code'] ?? null)}`)
  return body
}

/** An answer of the portal: the body parsed where it is JSON. */
export interface PortalAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Json
}

// oxlint-disable-next-line typescript/no-explicit-any -- a client without our types: each journey asserts what it reads
export type Json = any

export interface PortalRequest {
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Portal {
  readonly gateway: string
  send(method: string, path: string, request?: PortalRequest): Promise<PortalAnswer>
  /** Sends, and throws unless the answer has the status: what came is shown without PHI, by its problem code. */
  expect(status: number, method: string, path: string, request?: PortalRequest): Promise<Json>
  /** Every item of a list, page by page; throws if an id comes twice. */
  all(path: string, token: string, limit?: number): Promise<{ items: Json[]; pages: number }>
}

/** A client of the portal's REST API, as any program outside would be. */
export function createPortal(gateway: string): Portal {
  const base = gateway.replace(/\/$/, '')
  const send: Portal['send'] = async (method, path, request = {}) => {
    const raw = typeof request.body === 'string' || request.body instanceof Uint8Array
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(request.token ? { authorization: `Bearer ${request.token}` } : {}),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: raw ? (request.body as string) : JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json') && text !== ''
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
  }
  return {
    gateway: base,
    send,
    async expect(status, method, path, request) {
      const answer = await send(method, path, request)
      if (answer.status !== status) {
        const fields = answer.body?.fields ? ` ${JSON.stringify(answer.body.fields)}` : ''
        throw new Error(
          `${method} ${path} answered ${answer.status} ${answer.body?.code ?? ''}${fields}, not ${status}`,
        )
      }
      return answer.body
    },
    async all(path, token, limit = 50) {
      const items: Json[] = []
      const seen = new Set<string>()
      let cursor: string | null = null
      let pages = 0
      do {
        const query: string = `?limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`
        const page = await this.expect(200, 'GET', path + query, { token })
        for (const item of page.items) {
          if (seen.has(item.id)) throw new Error(`${path} gave ${item.id} twice`)
          seen.add(item.id)
          items.push(item)
        }
        cursor = page.next
        pages++
      } while (cursor !== null)
      return { items, pages }
    },
  }
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as a collector sees it. */
export interface SunkSpan {
  readonly service: string
  readonly name: string
  /** OTLP's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, string | number>>
}

export interface OtlpSink {
  readonly url: string
  readonly spans: readonly SunkSpan[]
  /** All that came, as it came. */
  text(): string
  /** Requests that have begun. */
  readonly asked: number
  stop(): Promise<void>
}

interface Value {
  readonly stringValue?: string
  readonly intValue?: number | string
}
interface Attribute {
  readonly key: string
  readonly value: Value
}
interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
}
interface OtlpSpan {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly status?: { readonly code?: number }
  readonly attributes: readonly Attribute[]
}

/** A collector for tests: takes spans by OTLP over HTTP, or refuses them, or never answers. */
export async function startOtlpSink(mode: 'take' | 'refuse' | 'hang' = 'take'): Promise<OtlpSink> {
  const spans: SunkSpan[] = []
  const bodies: string[] = []
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      if (mode === 'hang') return
      bodies.push(body)
      if (mode === 'take') spans.push(...flatten(JSON.parse(body) as Export))
      response.writeHead(mode === 'take' ? 200 : 400, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    spans,
    text: () => bodies.join('\n'),
    get asked() {
      return asked
    },
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

const flatten = ({ resourceSpans }: Export): SunkSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name'])
    return scopeSpans.flatMap((scope) =>
      scope.spans.map(({ name, kind, traceId, spanId, parentSpanId, status, attributes }) => ({
        service,
        name,
        kind,
        traceId,
        spanId,
        parentSpanId: parentSpanId || undefined,
        failed: status?.code === 2,
        attributes: valuesOf(attributes),
      })),
    )
  })

const valuesOf = (attributes: readonly Attribute[]): Record<string, string | number> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))

import type { FastifyInstance } from 'fastify'
import { platformErrors } from '../errors/platform-errors.ts'

const REFUSED = platformErrors['invalid-request']
/** As they are written in JSON: U+0000, and either half of a surrogate pair. */
const SUSPECT = /\\u(0000|d[89a-f])/i

/**
 * JSON only, without prototype tricks: `__proto__` and `constructor.prototype` are refused however they are written.
 * An empty body is undefined, for routes that take none.
 */
export function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request, text, done) => {
      const json = text.toString()
      if (json === '') return done(null, undefined)
      return parse(request, json, (error, value: unknown) => {
        if (error) return done(error)
        // Postgres cannot hold U+0000, nor half a surrogate pair, which has no UTF-8 (RFC 8259 8.2). Looked for in the
        // source first: the walk is rarely needed.
        if (SUSPECT.test(json) && !isStorable(value)) {
          return done(REFUSED({ fields: [{ field: 'body', expected: 'text in whole characters, without U+0000' }] }))
        }
        return done(null, value)
      })
    },
  )
}

/** Bodies of these types as they came, for contracts that keep what they receive. */
export function acceptRaw(app: FastifyInstance, contentType: string): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    [...new Set([contentType, 'application/json'])],
    { parseAs: 'buffer' },
    (_request, body, done) => {
      done(null, body)
    },
  )
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, item]) => isStorable(key) && isStorable(item))
}

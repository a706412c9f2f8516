import type { FastifyInstance } from 'fastify'
import { platformErrors } from '../errors/platform-errors.ts'

const NO_NUL = platformErrors['invalid-request']

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
        // Postgres cannot hold U+0000 in text. Looked for in the source first: the walk is rarely needed.
        if (json.includes('\\u0000') && holdsNul(value)) {
          return done(NO_NUL({ fields: [{ field: 'body', expected: 'text without U+0000' }] }))
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

function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0')
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, item]) => key.includes('\0') || holdsNul(item))
}

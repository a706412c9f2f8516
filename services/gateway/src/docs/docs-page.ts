import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import staticFiles from '@fastify/static'
import { ABOUT_API, ABOUT_SERVICES } from '@wellgate/shared/contracts/about'
import type { RouteContract } from '@wellgate/shared/contracts/route'
import { openApiOf } from '@wellgate/shared/http/openapi'
import { problemOf, sendProblem } from '@wellgate/shared/http/problems'
import type { FastifyError, FastifyInstance } from 'fastify'
import { gatewayErrors } from '../errors.ts'

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Wellgate API</title>
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css" />
    <link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

const START = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  docExpansion: 'none',
  deepLinking: true,
  filter: true,
  defaultModelsExpandDepth: -1,
  defaultModelExpandDepth: 3,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
})
`

/** `/openapi.json` of the configured services, and `/docs` to read it: all assets from here, no inline script. */
export async function registerDocs(app: FastifyInstance, contracts: readonly RouteContract[]): Promise<void> {
  let made: string | undefined
  // Made when it is first asked for: what its making leaves behind is a tenth of an idle gateway's memory.
  const document = (): string =>
    (made ??= JSON.stringify(
      openApiOf(contracts, {
        title: 'Wellgate',
        version: '1',
        description: ABOUT_API,
        about: ABOUT_SERVICES,
      }),
    ))
  const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  await app.register(async (scope) => {
    // A path that is a folder's, or cannot be a file's, is the caller's mistake: there is nothing.
    scope.setErrorHandler<FastifyError>((error, request, reply) => {
      if ((error.statusCode ?? 500) >= 500) throw error
      return sendProblem(reply, problemOf(gatewayErrors['no-such-route'](), request.id))
    })
    await scope.register(staticFiles, { root: assets, prefix: '/docs/assets/', index: false, decorateReply: false })
  })
  app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(document()))
  app.get('/docs', (_request, reply) => reply.type('text/html').send(PAGE))
  app.get('/docs/', (_request, reply) => reply.redirect('/docs'))
  app.get('/docs/start.js', (_request, reply) => reply.type('text/javascript').send(START))
}

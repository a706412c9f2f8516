import Fastify from 'fastify'
import { Pool } from 'undici'

// What the gateway costs at the least: the same two libraries, and nothing else done for a request.
const upstream = new Pool(process.env['BENCH_UPSTREAM'] ?? '', { connections: 64, pipelining: 1 })
const app = Fastify({ logger: false })
app.get('/*', async (request, reply) => {
  const authorization = request.headers.authorization ?? ''
  const answer = await upstream.request({ path: request.url, method: 'GET', headers: { authorization } })
  const type = answer.headers['content-type']
  return reply.header('content-type', type).send(Buffer.from(await answer.body.arrayBuffer()))
})

process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
process.stdin.resume().once('end', () => process.exit(0))

import Fastify from 'fastify'

// What stands behind the gateway when the gateway alone is measured: any GET is answered with a profile's length of JSON.
const body = JSON.stringify({ id: '018f0000-0000-7000-8000-000000000001', text: 'x'.repeat(700) })
const app = Fastify({ logger: false })
app.get('/*', (_request, reply) => reply.header('content-type', 'application/json; charset=utf-8').send(body))

process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
process.stdin.resume().once('end', () => process.exit(0))

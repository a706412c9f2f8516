import Fastify from 'fastify'
import { Pool } from 'pg'

// The yardstick's own process: a route, one named SELECT by key, nothing else. Started by yardstick.ts.
const pool = new Pool({ connectionString: process.env['BENCH_DATABASE_URL'], max: 8 })
const app = Fastify({ logger: false })

app.get<{ Params: { id: string } }>('/rows/:id', async (request, reply) => {
  const { rows } = await pool.query<{ body: unknown }>({
    name: 'row-by-key',
    text: 'select id, body from bench.yardstick where id = $1',
    values: [request.params.id],
  })
  return rows[0] ?? reply.code(404).send({ code: 'not-found' })
})

process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
process.stdin.resume().once('end', () => process.exit(0))

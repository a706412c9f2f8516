import { createServer } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { createLogger } from '@wellgate/shared/observability/logger'
import { expect, it, vi } from 'vitest'
import { startGateway } from './harness.ts'

const PATIENT = '018f2b6e-0000-7000-8000-000000000001'

it('says in the log which service gave no answer, why and on which route, and nothing of the path', async () => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  // A port that nothing listens on: 9 is `discard`.
  const env = { WELLGATE_UPSTREAM_PATIENTS: 'http://127.0.0.1:9' }
  const gateway = await startGateway(env, createLogger({ service: 'gateway', level: 'warn', destination }))
  for (let time = 0; time < 7; time++) {
    expect((await fetch(`${gateway.url}/v1/patients/${PATIENT}?name=Ada`)).status).toBe(503)
  }
  await gateway.stop()
  const said = lines.map((line) => JSON.parse(line) as { msg: string })
  const failures = said.filter(({ msg }) => msg === 'no answer from patients')
  expect(failures).toHaveLength(5)
  expect(failures[0]).toMatchObject({
    level: 'warn',
    service: 'gateway',
    code: 'ECONNREFUSED',
    route: '/v1/patients/:patientId',
    requestId: expect.any(String),
  })
  expect(said.filter(({ msg }) => msg.startsWith('patients is not asked'))).toHaveLength(1)
  expect(lines.join('')).not.toContain(PATIENT)
  expect(lines.join('')).not.toContain('Ada')
})

it('says when a large answer breaks off at the service, and nothing when its reader leaves', async () => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  let breaksOff = false
  let closed = 0
  const service = createServer((_request, response) => {
    response.once('close', () => (closed += 1))
    response.writeHead(200).write('x'.repeat(1024), () => breaksOff && response.destroy())
  })
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done))
  const env = { WELLGATE_UPSTREAM_PATIENTS: `http://127.0.0.1:${(service.address() as AddressInfo).port}` }
  const gateway = await startGateway(env, createLogger({ service: 'gateway', level: 'warn', destination }))
  const leaving = new AbortController()
  const url = `${gateway.url}/v1/patients/${PATIENT}?name=Ada`
  await fetch(url, { signal: leaving.signal })
  leaving.abort()
  await vi.waitFor(() => expect(closed).toBe(1))
  breaksOff = true
  await expect(fetch(url).then((half) => half.text())).rejects.toThrow(TypeError)
  await gateway.stop()
  service.close()
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    msg: 'half an answer from patients',
    code: 'UND_ERR_SOCKET',
    route: '/v1/patients/:patientId',
    requestId: expect.any(String),
  })
  expect(lines.join('')).not.toMatch(new RegExp(`${PATIENT}|Ada`))
})

it('says nothing of a caller that is gone before its request is looked at', async () => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const env = { WELLGATE_UPSTREAM_PATIENTS: 'http://127.0.0.1:9' }
  const gateway = await startGateway(env, createLogger({ service: 'gateway', level: 'warn', destination }))
  for (let time = 0; time < 50; time++) {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write('GET /v1/patients/me HTTP/1.1\r\nhost: x\r\n\r\n')
    // With a reset, as of a balancer that only looks whether somebody listens: then its address is gone as well.
    socket.resetAndDestroy()
  }
  expect((await fetch(`${gateway.url}/docs`)).status).toBe(200)
  await gateway.stop()
  expect(lines).toEqual([])
})

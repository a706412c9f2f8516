import { createHmac, createPublicKey, generateKeyPairSync, sign as signWith } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { remoteJwks, type Jwk } from '../src/access/jwks.ts'
import { createTokenIssuer, generateSigningKey, publicJwkOf, type SigningKey } from '../src/access/token-issuer.ts'
import { createTokenVerifier } from '../src/access/tokens.ts'
import { DomainError } from '../src/errors/problem.ts'
import { ANA, AUDIENCE, ISSUER, actorOf, startTestServer, type TestServer } from './http-fixture.ts'

const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs any header and claims with ES256. */
function forge(key: SigningKey, header: object, claims: object): string {
  const input = `${b64(header)}.${b64(claims)}`
  const signature = signWith('sha256', Buffer.from(input), { key: key.privateKeyPem, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

const seconds = (): number => Math.floor(Date.now() / 1000)

function goodClaims(): Record<string, unknown> {
  const { accountId, sessionId } = actorOf()
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: accountId,
    sid: sessionId,
    pid: ANA,
    rol: [],
    av: 1,
    iat: seconds(),
    exp: seconds() + 600,
  }
}

const goodHeader = (key: SigningKey) => ({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })

let server: TestServer
afterEach(() => server?.app.close())

const publicPem = (key: SigningKey): string =>
  createPublicKey(key.privateKeyPem).export({ type: 'spki', format: 'pem' }).toString()
const hs256 = (header: object, secret: string): string => {
  const input = `${b64(header)}.${b64(goodClaims())}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

describe('a forged token', () => {
  const other = generateSigningKey()
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

  const forgeries: Readonly<Record<string, (key: SigningKey) => string>> = {
    'alg none': (key) => `${b64({ ...goodHeader(key), alg: 'none' })}.${b64(goodClaims())}.`,
    'alg None, with a signature': (key) => forge(key, { ...goodHeader(key), alg: 'None' }, goodClaims()),
    'no signature': (key) => `${b64(goodHeader(key))}.${b64(goodClaims())}.`,
    'HS256 by the public key': (key) => hs256({ ...goodHeader(key), alg: 'HS256' }, publicPem(key)),
    'HS256 by nothing': (key) => hs256({ ...goodHeader(key), alg: 'HS256' }, ''),
    'ES256 said, HS256 done': (key) => hs256(goodHeader(key), publicPem(key)),
    'RS256 by an own key': (key) => {
      const input = `${b64({ ...goodHeader(key), alg: 'RS256' })}.${b64(goodClaims())}`
      return `${input}.${signWith('sha256', Buffer.from(input), rsa.privateKey).toString('base64url')}`
    },
    'another key under our kid': (key) => forge(other, goodHeader(key), goodClaims()),
    'an unknown kid': () => forge(other, goodHeader(other), goodClaims()),
    'a kid that is a path': (key) => forge(key, { ...goodHeader(key), kid: '../../dev/null' }, goodClaims()),
    'a kid that is SQL': (key) => forge(key, { ...goodHeader(key), kid: "' or 1=1--" }, goodClaims()),
    'a kid of the prototype': (key) => forge(other, { ...goodHeader(key), kid: '__proto__' }, goodClaims()),
    'no kid': (key) => forge(key, { alg: 'ES256', typ: 'at+jwt' }, goodClaims()),
    'its own jwk': (key) => forge(other, { ...goodHeader(key), jwk: publicJwkOf(other) }, goodClaims()),
    'its own jku': (key) => forge(key, { ...goodHeader(key), jku: 'https://evil.test/jwks' }, goodClaims()),
    'an unknown crit': (key) => forge(key, { ...goodHeader(key), crit: ['exp'] }, goodClaims()),
    'typ JWT': (key) => forge(key, { ...goodHeader(key), typ: 'JWT' }, goodClaims()),
    'typ id+jwt': (key) => forge(key, { ...goodHeader(key), typ: 'id+jwt' }, goodClaims()),
    'no typ': (key) => forge(key, { alg: 'ES256', kid: key.kid }, goodClaims()),
    'another issuer': (key) => forge(key, goodHeader(key), { ...goodClaims(), iss: 'https://evil.test' }),
    'a list of issuers': (key) => forge(key, goodHeader(key), { ...goodClaims(), iss: [ISSUER, 'https://evil.test'] }),
    'another audience': (key) => forge(key, goodHeader(key), { ...goodClaims(), aud: 'other' }),
    'a list of audiences': (key) => forge(key, goodHeader(key), { ...goodClaims(), aud: [AUDIENCE, 'other'] }),
    expired: (key) => forge(key, goodHeader(key), { ...goodClaims(), iat: seconds() - 700, exp: seconds() - 100 }),
    'without exp': (key) => forge(key, goodHeader(key), { ...goodClaims(), exp: undefined }),
    'exp as text': (key) => forge(key, goodHeader(key), { ...goodClaims(), exp: String(seconds() + 600) }),
    'a life too long': (key) => forge(key, goodHeader(key), { ...goodClaims(), exp: seconds() + 3600 }),
    'issued in the future': (key) =>
      forge(key, goodHeader(key), { ...goodClaims(), iat: seconds() + 300, exp: seconds() + 600 }),
    'not valid yet': (key) => forge(key, goodHeader(key), { ...goodClaims(), nbf: seconds() + 300 }),
    'a subject that is no id': (key) => forge(key, goodHeader(key), { ...goodClaims(), sub: 'admin' }),
    'claims changed after signing': (key) => {
      const [header, , signature] = forge(key, goodHeader(key), goodClaims()).split('.')
      return `${header}.${b64({ ...goodClaims(), rol: [{ r: 'admin', f: ANA }] })}.${signature}`
    },
    'four parts': (key) => `${forge(key, goodHeader(key), goodClaims())}.x`,
    'a very long one': (key) => forge(key, goodHeader(key), { ...goodClaims(), pad: 'x'.repeat(9_000) }),
    'no token at all': () => 'x',
  }

  it.each(Object.keys(forgeries))('%s is 401, over HTTP and by verify alone', async (name) => {
    server = await startTestServer()
    const { key } = server
    const token = forgeries[name]?.(key) ?? ''
    const verifier = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: async () => [publicJwkOf(key)] })
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 401, code: 'unauthenticated' })
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`]) {
      const answer = await server.app.inject({ url: '/v1/patients/me/chart', headers: { authorization } })
      expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    }
    expect(server.entries).toEqual([])
  })

  it('is one change away from a good one', async () => {
    server = await startTestServer()
    const token = forge(server.key, goodHeader(server.key), goodClaims())
    const get = (authorization: string) =>
      server.app.inject({ url: '/v1/patients/me/chart', headers: { authorization } })
    expect((await get(`Bearer ${token}`)).statusCode).toBe(200)
    for (const header of [token, `Basic ${token}`, `Bearer  ${token}`, `Bearer ${token} x`, `Bearer ${token},`]) {
      expect((await get(header)).statusCode).toBe(401)
    }
  })
})

describe('the verifier', () => {
  const key = generateSigningKey('first')
  const second = generateSigningKey('second')
  const actor = actorOf({ patientId: ANA, roles: ['clinician'], tokenVersion: 4 })
  const issue = (signing: SigningKey, now: () => number = Date.now): string =>
    createTokenIssuer({ issuer: ISSUER, audience: AUDIENCE, key: () => signing, now }).issue(actor).token

  it('gives back who the issuer said', async () => {
    const verifier = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: async () => [publicJwkOf(key)] })
    expect(await verifier.verify(issue(key))).toEqual(actor)
  })

  it('ignores a role that only a newer release knows', async () => {
    const verifier = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: async () => [publicJwkOf(key)] })
    const rol = [
      { r: 'night-nurse', f: ANA },
      { r: 'admin', f: ANA },
    ]
    const { roles } = await verifier.verify(forge(key, goodHeader(key), { ...goodClaims(), rol }))
    expect(roles).toEqual([{ role: 'admin', facilityId: ANA }])
  })

  it('knows a verified token until it expires', async () => {
    let time = Date.now()
    const verifier = createTokenVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwks: async () => [publicJwkOf(key)],
      now: () => time,
    })
    const token = issue(key)
    expect(verifier.known(token)).toBeUndefined()
    await verifier.verify(token)
    expect(verifier.known(token)).toEqual(actor)
    time += 600_000
    expect(verifier.known(token)).toBeUndefined()
  })

  it('asks once for a new key, and not again within 10 s for a forged one', async () => {
    let time = Date.now()
    let published: Jwk[] = [publicJwkOf(key)]
    const jwks = vi.fn<() => Promise<Jwk[]>>(async () => published)
    const verifier = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, now: () => time })
    await verifier.verify(issue(key))
    published = [publicJwkOf(key), publicJwkOf(second)]
    const token = issue(second)
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 401 })
    expect(jwks).toHaveBeenCalledTimes(1)
    time += 10_000
    await Promise.all([token, issue(second), issue(second)].map((each) => verifier.verify(each)))
    expect(jwks).toHaveBeenCalledTimes(2)
  })

  it('lets a withdrawn key count no more, tokens already known included', async () => {
    let time = Date.now()
    let published: Jwk[] = [publicJwkOf(key), publicJwkOf(second)]
    const verifier = createTokenVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwks: async () => published,
      now: () => time,
    })
    const token = issue(key)
    await verifier.verify(token)
    published = [publicJwkOf(second)]
    time += 301_000
    expect(verifier.known(token)).toEqual(actor) // asks in the background
    await vi.waitFor(() => expect(verifier.known(token)).toBeUndefined())
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 401 })
  })

  it('asks again soon where asking for withdrawn keys failed', async () => {
    let time = Date.now()
    let source = async (): Promise<Jwk[]> => [publicJwkOf(key), publicJwkOf(second)]
    const jwks = vi.fn<() => Promise<Jwk[]>>(() => source())
    const verifier = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, now: () => time })
    const token = issue(key)
    await verifier.verify(token)
    source = () => Promise.reject(new Error('down'))
    time += 301_000
    verifier.known(token)
    await vi.waitFor(() => expect(jwks).toHaveBeenCalledTimes(2))
    source = async () => [publicJwkOf(second)]
    time += 2_000
    await vi.waitFor(() => expect(verifier.known(token)).toBeUndefined())
  })

  it('keeps the last good keys while identity is down, and says 503 for what it cannot know', async () => {
    let time = Date.now()
    let down = true
    const jwks = async (): Promise<Jwk[]> => {
      if (down) throw new Error('down')
      return [publicJwkOf(key)]
    }
    const verifier = createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, now: () => time })
    await expect(verifier.verify(issue(key))).rejects.toMatchObject({ status: 503, code: 'unavailable' })
    down = false
    time += 1_000
    await verifier.verify(issue(key))
    down = true
    time += 400_000
    expect(await verifier.verify(issue(key, () => time - 1000))).toEqual(actor)
    await expect(verifier.verify(issue(second))).rejects.toBeInstanceOf(DomainError)
    await expect(verifier.verify(issue(second))).rejects.toMatchObject({ status: 503 })
  })

  it('is 503 over HTTP too when identity was never reached', async () => {
    server = await startTestServer({ jwks: () => Promise.reject(new Error('down')) })
    const answer = await server.app.inject({
      url: '/v1/patients/me/chart',
      headers: { authorization: `Bearer ${server.tokenOf(actor)}` },
    })
    expect(answer.statusCode).toBe(503)
  })
})

describe('remoteJwks', () => {
  it('takes ES256 keys only, and rejects an answer without one', async () => {
    const good = publicJwkOf(generateSigningKey('good'))
    let body: unknown = {
      keys: [
        good,
        { ...good, kid: 'a b' },
        { ...good, alg: 'ES384' },
        { kty: 'RSA', kid: 'x' },
        { kty: 'oct', k: 'x', kid: 'y' },
      ],
    }
    server = await startTestServer({
      handlers: { 'records.say-hello': async () => ({ status: 200, body: { hello: 'x' } }) },
    })
    const { createServer } = await import('node:http')
    const http = createServer((_request, response) => response.end(JSON.stringify(body)))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const { port } = http.address() as { port: number }
    const source = remoteJwks(`http://127.0.0.1:${port}/jwks`)
    expect(await source()).toEqual([good])
    body = { keys: [] }
    await expect(source()).rejects.toThrow('no ES256 key')
    http.close()
    await expect(source()).rejects.toThrow('fetch failed')
  })
})

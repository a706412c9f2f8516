import { z } from 'zod'
import { isPostgresUrl } from './postgres-url.ts'
import { defineSlice } from './slice.ts'

const port = (fallback: number, what: string) =>
  z.coerce.number().int().min(0).max(65_535).default(fallback).describe(`a port for ${what} (default ${fallback})`)
const count = (fallback: number, least: number, what: string) =>
  z.coerce
    .number()
    .int()
    .min(least)
    .default(fallback)
    .describe(`a whole number, at least ${least}: ${what} (default ${fallback})`)
const flag = (what: string) =>
  z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe(`true or false: ${what} (default false)`)
const pemFile = (what: string) =>
  z.string().optional().describe(`the path of a PEM file: ${what}; needs WELLGATE_KAFKA_TLS`)
const postgresUrl = z.string().refine(isPostgresUrl)

/** Every process. */
export const processSlice = defineSlice({
  WELLGATE_ENV: z
    .enum(['development', 'production'])
    .default('production')
    .describe('development or production (default production)'),
  WELLGATE_DEPLOYMENT: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
    .describe(
      'the id of this installation, lower-case letters, digits and dashes; bound into every key, never changed',
    ),
  WELLGATE_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('debug, info, warn, error or silent (default info)'),
  WELLGATE_HTTP_HOST: z.string().default('127.0.0.1').describe('the address that HTTP listens on (default 127.0.0.1)'),
  WELLGATE_HTTP_PORT: port(8080, 'HTTP'),
  WELLGATE_OPS_PORT: port(9090, '/livez, /readyz and /metrics'),
  WELLGATE_DRAIN_MS: count(0, 0, 'milliseconds between turning unready and closing HTTP'),
})

/** Every process, where its traces go. */
export const tracesSlice = defineSlice({
  WELLGATE_TRACES_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'the URL that spans are sent to by OTLP over HTTP, such as http://collector:4318/v1/traces; without it none are made, and the trace of a request is only passed on',
    ),
  WELLGATE_TRACES_SAMPLE_RATIO: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      'a number from 0 to 1: the share of requests whose trace is kept, chosen where a trace begins (default 0.1)',
    ),
})

/** Services with a database of their own. */
export const databaseSlice = defineSlice({
  WELLGATE_BEHIND_GATEWAY: flag('only the gateway can reach this process, so the request ids it sends are kept'),
  DATABASE_URL: postgresUrl.describe(
    "a postgres:// URL: the service's app role; may lead through a transaction pooler",
  ),
  DIRECT_DATABASE_URL: postgresUrl
    .optional()
    .describe('a postgres:// URL: the same without a pooler, for what needs a session (default DATABASE_URL)'),
  KEYS_DATABASE_URL: postgresUrl
    .optional()
    .describe('a postgres:// URL: where the wrapped data keys are kept (default DATABASE_URL)'),
  WELLGATE_POOL_MAX: count(
    10,
    5,
    'connections in the pool; a transaction that seals for a patient whose key is not in memory takes a second one',
  ),
  WELLGATE_STATEMENT_TIMEOUT_MS: count(5_000, 100, 'milliseconds after which a statement is cancelled'),
})

/** Services that seal. */
export const cryptoSlice = defineSlice({
  WELLGATE_KEYRING_FILE: z.string().min(1).describe("the path of the service's keyring file (mode 0600)"),
  WELLGATE_KEYRING_IN_PRODUCTION: flag('accept a keyring file in production, where a KMS is expected'),
})

/** Services that publish or consume. */
export const messagingSlice = defineSlice({
  WELLGATE_TRANSPORT: z
    .enum(['postgres', 'kafka'])
    .default('postgres')
    .describe('postgres or kafka (default postgres)'),
  WELLGATE_KAFKA_BROKERS: z
    .string()
    .regex(/^[^,\s:]+:\d+(,[^,\s:]+:\d+)*$/)
    .transform((text) => text.split(','))
    .optional()
    .describe('host:port, comma-separated; needed where WELLGATE_TRANSPORT is kafka'),
  WELLGATE_KAFKA_TLS: flag('speak TLS to the brokers'),
  WELLGATE_KAFKA_CA_FILE: pemFile("authorities of the brokers' certificates (default the system's)"),
  WELLGATE_KAFKA_CERT_FILE: pemFile("this client's certificate, where the brokers ask for one"),
  WELLGATE_KAFKA_KEY_FILE: pemFile('the key of WELLGATE_KAFKA_CERT_FILE'),
  WELLGATE_KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('plain (with TLS only), scram-sha-256 or scram-sha-512; without it, no user name is sent'),
  WELLGATE_KAFKA_SASL_USERNAME: z
    .string()
    .optional()
    .describe('a user name; needed where WELLGATE_KAFKA_SASL_MECHANISM is set'),
  WELLGATE_KAFKA_SASL_PASSWORD: z
    .string()
    .optional()
    .describe('a password; needed where WELLGATE_KAFKA_SASL_MECHANISM is set'),
})

/** Services that verify access tokens. */
export const tokenSlice = defineSlice({
  WELLGATE_TOKEN_ISSUER: z
    .string()
    .min(1)
    .default('https://identity.wellgate.local')
    .describe('the exact `iss` of access tokens'),
  WELLGATE_TOKEN_AUDIENCE: z
    .string()
    .min(1)
    .default('wellgate')
    .describe('the exact `aud` of access tokens (default wellgate)'),
  WELLGATE_JWKS_URL: z.url().describe("the URL of identity's JWKS"),
})

import { parseArgs } from 'node:util'
import { resolve } from 'node:path'

export interface Options {
  readonly port: number
  readonly dataDir: string
  readonly reset: boolean
  readonly yes: boolean
  readonly demo: boolean
  readonly transport: 'postgres' | 'kafka'
  readonly brokers: string | null
}

/** A mistake of the person at the keyboard: shown as one line, with what to do. */
export class UserError extends Error {}

export const codeOf = (error: unknown): string => (error as { code?: string }).code ?? 'error'

const FORBIDDEN = 'its owner or permissions, or those of a folder above it, forbid it. Change them, or'
const FULL = 'the disk is full. Free some space, or'
const IS_FILE = 'there is a file in its place. Move it, or'
const WHY: Readonly<Record<string, string>> = {
  EACCES: FORBIDDEN,
  ENOENT: 'no folder can be made there:',
  EPERM: FORBIDDEN,
  EROFS: 'its file system is read-only. Mount it writable, or',
  ENOSPC: FULL,
  EDQUOT: FULL,
  ENOTDIR: IS_FILE,
  EEXIST: IS_FILE,
}

/** What to say of a data directory that cannot be used: the cause that the system named, and the way out. */
export function unwritable(path: string, error: unknown): UserError {
  const code = codeOf(error)
  const why = WHY[code]
  return new UserError(
    `cannot write to ${path} (${code}): ${why ? `${why} ` : ''}choose another folder with --data-dir`,
  )
}

export const USAGE = `npm start -- [options]
  --port N             the gateway's port (default 8080)
  --data-dir DIR       where everything is kept (default .wellgate)
  --reset              start anew: deletes the installation in the data directory (asks first; --yes does not)
  --no-demo            staff accounts only, no demo patients
  --transport kafka --brokers host:port[,host:port]
                       events over a Kafka broker (npm run kafka starts one) instead of Postgres;
                       TLS and SASL by the variables WELLGATE_KAFKA_… of docs/environment.md
  WELLGATE_TRACES_URL=http://127.0.0.1:4318/v1/traces npm start sends traces to a collector`

/** Reads the options of `npm start`. @throws UserError that names the option and what it takes */
export function parseOptions(argv: readonly string[], root: string): Options {
  const values = parse(argv)
  const port = Number(values.port ?? 8080)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UserError(`--port takes a number from 1 to 65535, not "${values.port}"`)
  if (values['data-dir']?.trim() === '')
    throw new UserError('--data-dir takes a folder, not "": is the variable that names it set?')
  const transport = values.transport ?? 'postgres'
  if (transport !== 'postgres' && transport !== 'kafka')
    throw new UserError(`--transport takes postgres or kafka, not "${transport}"`)
  if (transport === 'kafka' && !values.brokers)
    throw new UserError('--transport kafka needs --brokers host:port (npm run kafka starts a broker)')
  if (transport === 'postgres' && values.brokers) throw new UserError('--brokers goes with --transport kafka')
  return {
    port,
    dataDir: resolve(root, values['data-dir'] ?? '.wellgate'),
    reset: values.reset ?? false,
    yes: values.yes ?? false,
    demo: !(values['no-demo'] ?? false),
    transport,
    brokers: values.brokers ?? null,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        reset: { type: 'boolean' },
        yes: { type: 'boolean' },
        'no-demo': { type: 'boolean' },
        transport: { type: 'string' },
        brokers: { type: 'string' },
      },
    }).values
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message.split('. ')[0] : 'unknown option'}\n${USAGE}`)
  }
}

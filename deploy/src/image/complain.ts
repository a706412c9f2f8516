import process from 'node:process'
import { ConfigError } from '@wellgate/shared/config/slice'

const EXIT_FAILED = 1
const EXIT_CONFIG = 78 // EX_CONFIG of sysexits.h

/**
 * Says why a command failed, and sets the exit code: a line for each variable that is wrong (78), or the message of our
 * own errors and the system's (1). Of a driver's only its name and code: its message may quote a row.
 */
export function complain(command: string, error: unknown): void {
  const lines = error instanceof ConfigError ? error.lines : [reasonOf(error)]
  process.stderr.write(lines.map((line) => `${command}: ${line}\n`).join(''))
  process.exitCode = error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILED
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, syscall } = error as { code?: unknown; syscall?: unknown }
  // The system's name a path or an address.
  return typeof code === 'string' && syscall === undefined
    ? `${error.name} ${code}`
    : (error.message.split('\n')[0] ?? '')
}

import type { Demo } from './demo/demo.ts'
import type { ServiceProcess } from './install/environment.ts'

/** Lines for a person: what happens while it happens, with the seconds since the start. */
export function createConsole(write: (text: string) => void): {
  say(line: string): void
  table(rows: readonly (readonly string[])[]): void
} {
  const started = performance.now()
  return {
    say(line) {
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5)
      write(`${seconds} s  ${line}\n`)
    },
    table(rows) {
      const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
      for (const row of rows)
        write(
          `  ${row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join('  ')
            .trimEnd()}\n`,
        )
    },
  }
}

/** The table at the end of a start: where everything is, who can log in, what to do next. */
export function readyRows(
  gateway: string,
  processes: readonly ServiceProcess[],
  demo: Demo,
): { where: string[][]; who: string[][] } {
  return {
    where: [
      ['API docs', `${gateway}/docs`],
      ['OpenAPI', `${gateway}/openapi.json`],
      ...processes.map(({ name, opsUrl }) => [`${name} metrics`, `${opsUrl}/metrics`]),
    ],
    who: [
      ['log in as', 'e-mail', 'password'],
      ...demo.staff.map(({ role, email, password }) => [role, email, password]),
      ...demo.patients.map(({ email, password }) => ['patient', email, password]),
    ],
  }
}

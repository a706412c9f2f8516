/** Why a command failed, in one line: the message of our own errors, and the name and code of a driver's. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: string }
  const text = error.message.split('\n')[0] ?? ''
  return code ? `${code} ${text}`.trim() : text
}

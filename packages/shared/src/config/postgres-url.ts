/** Whether a text is the address of a Postgres: with a host in it, or in `?host=` (a socket's folder). */
export function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) return false
  return url.hostname !== '' || url.searchParams.has('host')
}

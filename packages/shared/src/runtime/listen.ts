/** Listens, and resolves with the port that was bound: the asked one, or for 0 one that was free. */
export async function listen(
  server: { listen(options: { host: string; port: number }): Promise<string> },
  host: string,
  port: number,
): Promise<number> {
  return Number(new URL(await server.listen({ host, port })).port)
}

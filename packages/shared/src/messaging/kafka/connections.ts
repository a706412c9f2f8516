import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

const KEEP_ALIVE_MS = 60_000

/** The connections of one client of kafkajs: made as it makes them itself, and ended when it cannot. */
export function createConnections(): { readonly socketFactory: ISocketFactory; cut(): void } {
  const open = new Set<Socket>()
  let over = false
  return {
    socketFactory: ({ host, port, ssl, onConnect }) => {
      // What is repeated for a client that has left fails here.
      if (over) throw new Error('the client has left its broker')
      const socket = isSet(ssl)
        ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
        : connectTcp({ host, port }, onConnect)
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      // kafkajs unrefs it with each request that fails on it. On one that is gone, Node would keep a listener of each.
      const unref = socket.unref.bind(socket)
      socket.unref = () => (socket.destroyed ? socket : unref())
      return socket
    },
    cut() {
      over = true
      for (const socket of open) socket.destroy(new Error('no answer when the client left'))
    },
  }
}

/** kafkajs gives false or nothing where there is no TLS, and true for the system's authorities, whatever its types say. */
const isSet = (ssl: unknown): boolean => ssl !== undefined && ssl !== null && ssl !== false

import { randomUUID } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import type { Portal } from '../portal.ts'

const WRITERS = 3
const PAUSE_MS = 50

/** What was written while something was away. */
export interface Written {
  /** Patients whose registration was acknowledged. */
  readonly registered: readonly string[]
  /** The patient that was changed again and again, and the highest version that was acknowledged. */
  readonly changed: { readonly id: string; readonly version: number }
  /** What else was answered, and how often: `503 upstream-down`. */
  readonly refused: ReadonlyMap<string, number>
}

/** Registers patients, and changes one of them, until it is told to stop. */
export async function startWriters(portal: Portal, desk: string): Promise<{ stop(): Promise<Written> }> {
  const registered: string[] = []
  const refused = new Map<string, number>()
  const stop = new AbortController()
  const refuse = (status: number, code: string | undefined): void => {
    const name = `${status} ${code ?? 'without a problem'}`
    refused.set(name, (refused.get(name) ?? 0) + 1)
  }
  const patient = () => ({
    name: { family: `Outage ${randomUUID().slice(0, 8)}`, given: ['Ida'] },
    birthDate: '1968-04-05',
    gender: 'female',
    addresses: [],
    telecoms: [],
  })
  const first = await portal.expect(201, 'POST', '/v1/admin/patients', { token: desk, body: patient() })
  const changed = { id: String(first.id), version: Number(first.version) }

  const register = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const { status, body } = await portal.send('POST', '/v1/admin/patients', { token: desk, body: patient() })
      if (status === 201) registered.push(String(body.id))
      else refuse(status, body.code)
      await after(PAUSE_MS)
    }
  }
  /** One writer, each change upon the last: whether an unanswered one was made is asked before the next. */
  const change = async (): Promise<void> => {
    let version = changed.version
    while (!stop.signal.aborted) {
      const { status, body } = await portal.send('PATCH', `/v1/patients/${changed.id}`, {
        token: desk,
        headers: { 'if-match': `"${version}"` },
        body: { name: { family: `Outage ${randomUUID().slice(0, 8)}` } },
      })
      if (status === 200) changed.version = version = Number(body.version)
      else {
        if (status !== 412) refuse(status, body.code)
        const now = await portal.send('GET', `/v1/patients/${changed.id}`, { token: desk })
        if (now.status === 200) version = Number(now.body.version)
      }
      await after(PAUSE_MS)
    }
  }
  const running = Promise.all([...Array.from({ length: WRITERS }, register), change()])
  return {
    async stop() {
      stop.abort()
      await running
      return { registered, changed, refused }
    },
  }
}

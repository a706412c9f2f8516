import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../e2e/src/stack.ts'

const INSPECTOR = 'http://127.0.0.1:9229'
const SAMPLING_US = 500

interface ProfileNode {
  readonly id: number
  readonly hitCount?: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

/**
 * Takes a CPU profile of a running service while `work` runs: the signal opens its inspector (on 9229 of the loopback),
 * so that it runs exactly as in the stack. Writes `<dir>/<name>.cpuprofile`; gives the functions with the most self time.
 */
export async function profileOf(
  name: string,
  pid: number,
  dir: string,
  work: () => Promise<unknown>,
): Promise<string[]> {
  process.kill(pid, 'SIGUSR1')
  const targets = () =>
    fetch(`${INSPECTOR}/json/list`).then(
      (answer) => answer.json() as Promise<{ webSocketDebuggerUrl: string; title: string }[]>,
      () => [],
    )
  await until(5_000, `the inspector of ${name} listens`, async () => (await targets()).length > 0)
  const [target] = await targets()
  if (!target?.title.includes(`/services/${name}/`))
    throw new Error(`the inspector on 9229 is not that of ${name}: ${target?.title}`)
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await new Promise((done, fail) => {
    socket.addEventListener('open', done, { once: true })
    socket.addEventListener('error', fail, { once: true })
  })
  let id = 0
  const send = (method: string, params = {}): Promise<{ profile?: { nodes: ProfileNode[] } }> =>
    new Promise((done) => {
      const mine = ++id
      const hear = (event: MessageEvent): void => {
        const message = JSON.parse(String(event.data)) as {
          id?: number
          result: { profile?: { nodes: ProfileNode[] } }
        }
        if (message.id !== mine) return
        socket.removeEventListener('message', hear)
        done(message.result)
      }
      socket.addEventListener('message', hear)
      socket.send(JSON.stringify({ id: mine, method, params }))
    })
  await send('Profiler.enable')
  await send('Profiler.setSamplingInterval', { interval: SAMPLING_US })
  await send('Profiler.start')
  await work()
  const { profile } = await send('Profiler.stop')
  // Frees the inspector's port for the next service, a moment after we have left it.
  const close = "setTimeout(() => process.getBuiltinModule('node:inspector').close(), 300)"
  await send('Runtime.evaluate', { expression: close })
  socket.close()
  await until(5_000, `the inspector of ${name} is closed`, async () => (await targets()).length === 0)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, `${name}.cpuprofile`), JSON.stringify(profile))
  return topOf(profile?.nodes ?? [])
}

function topOf(nodes: readonly ProfileNode[]): string[] {
  const hits = new Map<string, number>()
  for (const { callFrame, hitCount = 0 } of nodes) {
    const place = callFrame.url.replace(/^.*\/(node_modules|services|packages)\//, '$1/')
    const key = `${callFrame.functionName || '(anonymous)'} ${place}:${callFrame.lineNumber + 1}`
    hits.set(key, (hits.get(key) ?? 0) + hitCount)
  }
  const busy = [...hits].filter(([key]) => !key.startsWith('(idle)'))
  const total = busy.reduce((sum, [, count]) => sum + count, 0)
  return busy
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 25)
    .map(([key, count]) => `${((100 * count) / total).toFixed(1).padStart(5)} %  ${key}`)
}

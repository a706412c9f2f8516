import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const CHILD = fileURLToPath(new URL('log-output.child.ts', import.meta.url))

/** The messages that a process wrote until it ended as told, or until it was killed after its first one. */
async function messagesOf(scenario: string): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, scenario], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    if (scenario === 'stays') child.kill('SIGKILL')
  })
  await once(child, 'close')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
}

test('a line is written while the process goes on', async () => {
  expect(await messagesOf('stays')).toEqual(['one'])
})

test('all lines are written, in order, by a process that exits', async () => {
  expect(await messagesOf('exits')).toEqual(Array.from({ length: 1_000 }, (_, n) => `line ${n}`))
})

test('a warning is written at once, and what waited before it: a process that is killed next has said it', async () => {
  expect(await messagesOf('killed')).toEqual(['one', 'two'])
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const CHILD = fileURLToPath(new URL('log-output.child.ts', import.meta.url))

function start(scenario: string, stdout: 'pipe' | number = 'pipe') {
  const child = spawn(process.execPath, [CHILD, scenario], { stdio: ['pipe', stdout, 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** The messages that a process wrote until it ended as told, or until it was killed after its first one. */
async function messagesOf(scenario: string): Promise<string[]> {
  const child = start(scenario)
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
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

test('a line that waited for long is written with the next one, though no timer can fire', async () => {
  expect(await messagesOf('busy')).toEqual(['one', 'two'])
})

test('a process whose reader has gone goes on, and ends when it wants to', async () => {
  const child = start('outlives')
  await once(child.stdout ?? child, 'data')
  child.stdout?.destroy()
  child.stdin?.end()
  expect(await once(child, 'exit')).toEqual([0, null])
})

test.runIf(existsSync('/dev/full'))(
  'a process that cannot write its log goes on, and ends when it wants to',
  async () => {
    expect(await once(start('exits', openSync('/dev/full', 'w')), 'exit')).toEqual([0, null])
  },
)

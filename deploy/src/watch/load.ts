import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { logIn } from '../../../e2e/src/journey/import-to-screen.ts'
import type { Portal } from '../../../e2e/src/portal.ts'
import type { Stack } from '../../../e2e/src/stack.ts'
import { run, type Program } from './processes.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** `npm run tour`: every part of the portal once for each patient of the samples. */
export const startTour = (stack: Stack, folder: string): Program =>
  run(
    'tour',
    [
      process.execPath,
      join(ROOT, 'e2e/src/tour/main.ts'),
      '--gateway',
      stack.gateway,
      '--demo',
      join(stack.dataDir, 'demo.json'),
      '--samples',
      join(ROOT, 'e2e/fixtures'),
    ],
    folder,
  )

export async function staffToken({ portal, demo }: Stack, role: string): Promise<string> {
  const login = demo.staff.find((one) => one.role === role)
  if (!login) throw new Error(`the demo has no ${role}`)
  return (await logIn(portal, login)).accessToken
}

/** Reads that succeed and requests that are refused, of every service, until it is stopped. */
export async function startMistakes(stack: Stack): Promise<Program> {
  const tokens = { desk: await staffToken(stack, 'front-desk'), clinician: await staffToken(stack, 'clinician') }
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      await mistakes(stack.portal, tokens)
      await after(500, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  })()
  return {
    stop: async () => {
      stop.abort()
      await running
    },
  }
}

async function mistakes(portal: Portal, { desk, clinician }: { desk: string; clinician: string }): Promise<void> {
  const nobody = randomUUID()
  const body = { email: `nobody-${nobody}@home.example`, password: 'wrong-password-1' }
  await portal.send('POST', '/v1/sessions', { body })
  await portal.send('GET', '/v1/no-such-thing')
  for (const path of [
    '/v1/accounts/current',
    `/v1/patients/${nobody}`,
    `/v1/patients/${nobody}/summary`,
    `/v1/admin/imports/${nobody}`,
    `/v1/patients/${nobody}/appointments`,
    `/v1/patients/${nobody}/invoices`,
    '/v1/visit-types',
  ])
    for (const token of [desk, clinician]) await portal.send('GET', path, { token })
}

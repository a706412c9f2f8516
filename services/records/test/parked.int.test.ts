import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { accountChanged, sessionRevoked } from '@wellgate/shared/contracts/identity/events'
import { AccountId, SessionId } from '@wellgate/shared/contracts/ids'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { start } from './support.ts'

const PARKED = fileURLToPath(new URL('../../../scripts/parked.ts', import.meta.url))

let service: RunningTestService
beforeAll(async () => {
  service = await start()
})
afterAll(() => service.stop())

/** `npm run parked -- records …`, as an operator of this installation runs it. */
const parked = (...args: string[]): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], ...service.variables }
    execFile(process.execPath, [PARKED, 'records', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr }),
    )
  })

const sql = (text: string) => service.adminPool.query(text)

/** Publishes while the list of what is void takes nothing. */
async function setAside(publish: () => Promise<unknown>): Promise<void> {
  await sql(`create or replace function records.refuse() returns trigger language plpgsql as $$
             begin raise exception 'refused'; end $$;
             create trigger refuse before insert on records.access_void for each row execute function records.refuse()`)
  await publish()
  await sql('drop trigger refuse on records.access_void')
}

it('what was set aside of the rights to access is replayed as all else is', async () => {
  const accountId = AccountId.parse(randomUUID())
  const sessionId = SessionId.parse(randomUUID())
  await setAside(async () => {
    await service.publish(sessionRevoked, { sessionId, accountId })
    await service.publish(accountChanged, { accountId, accessVersion: 2 })
  })
  const list = await parked('list')
  expect(list.said.match(/records\.access/g)).toHaveLength(2)

  expect(await parked('replay', '--key', sessionId)).toEqual({ code: 0, said: 'Replayed 1; 0 keys still blocked.\n' })
  expect(await parked('replay')).toEqual({ code: 0, said: 'Replayed 1; 0 keys still blocked.\n' })
  const { rows } = await sql('select kind, id from records.access_void order by kind')
  expect(rows).toEqual([
    { kind: 'account', id: accountId },
    { kind: 'session', id: sessionId },
  ])
  expect((await parked('list')).said).toBe('Nothing is parked.\n')
})

it('of one group, where it is named', async () => {
  const sessionId = SessionId.parse(randomUUID())
  await setAside(() => service.publish(sessionRevoked, { sessionId, accountId: AccountId.parse(randomUUID()) }))
  expect((await parked('replay', '--group', 'records')).said).toMatch(/^Replayed 0;/)
  expect((await parked('replay', '--group', 'records.access')).said).toMatch(/^Replayed 1;/)
  expect(await parked('replay', '--group', 'record')).toMatchObject({
    code: 64,
    said: expect.stringMatching(/^there is no group "record" of records/) as string,
  })
})

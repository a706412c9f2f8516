import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { patientChanged } from '@wellgate/shared/contracts/patients/events'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { at, start, updateRoute } from './support.ts'

let service: RunningTestService
let staff: ReturnType<typeof at>
beforeAll(async () => {
  service = await start()
  staff = at(service)
})
afterAll(() => service.stop())

const history = async (id: string) =>
  (await service.adminPool.query('select version from patients.patient_history where patient_id = $1 order by 1', [id]))
    .rows
const changes = async (id: string) => (await service.published(patientChanged)).filter(({ key }) => key === id)

/** Two corrections of one version, both past every check but the one in the UPDATE when the first is let through. */
async function twins(patientId: string, version: number) {
  const holder = await service.adminPool.connect()
  try {
    await holder.query('begin')
    await holder.query('select from patients.patient where id = $1 for update', [patientId])
    const answers = ['555-0101', '555-0102'].map((value) =>
      staff.update(patientId, version, { telecoms: [{ system: 'phone', value: `${value}-${version}` }] }),
    )
    await vi.waitFor(async () => {
      const waiting = await service.adminPool.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
      expect(waiting.rowCount).toBe(2)
    })
    await holder.query('commit')
    return await Promise.all(answers)
  } finally {
    holder.release()
  }
}

describe('correcting a patient', () => {
  it('makes the next version, keeps the prior one and tells others', async () => {
    const { body: before } = await staff.register()
    const { status, headers, body } = await staff.update(before.id, 1, {
      name: { family: 'King', prefix: ['Lady'] },
      birthDate: '1915-12-11',
      addresses: null,
    })
    expect(status).toBe(200)
    expect(headers.get('etag')).toBe('"2"')
    const name = { family: 'King', given: ['Ada', 'Augusta'], prefix: ['Lady'] }
    expect(body).toEqual({ ...before, name, birthDate: '1915-12-11', addresses: [], version: 2 })
    expect((await staff.read(before.id)).body).toEqual(body)
    expect((await staff.update(before.id, 2, { name: { prefix: null } })).body.name).not.toHaveProperty('prefix')

    expect(await history(before.id)).toEqual([{ version: 1 }, { version: 2 }])
    expect((await changes(before.id)).map(({ aggregateVersion }) => aggregateVersion)).toEqual([2, 3])
    expect((await changes(before.id))[0]?.payload).toEqual({ patientId: before.id, birthDate: '1915-12-11' })
  })

  it('makes no version of a patch that changes nothing', async () => {
    const { body: before } = await staff.register()
    for (const patch of [{}, { gender: before.gender }, { name: before.name }]) {
      expect((await staff.update(before.id, 1, patch)).body).toEqual(before)
    }
    expect(await history(before.id)).toEqual([])
    expect(await changes(before.id)).toEqual([])
  })

  it('finds the patient under the new name and birth date only', async () => {
    const { body: before } = await staff.register()
    await staff.update(before.id, 1, { name: { family: 'Byron' }, birthDate: '1915-12-12' })
    const found = async (name: string, birthDate: string) =>
      (await staff.search({ name, birthDate, limit: 100 })).body.items.some(
        ({ id }: { id: string }) => id === before.id,
      )
    expect(await found('Ada Byron', '1915-12-12')).toBe(true)
    expect(await found('Ada Lovelace', '1915-12-12')).toBe(false)
    expect(await found('Ada Byron', '1915-12-10')).toBe(false)
  })

  it('lets one of two at once win', async () => {
    const { body: before } = await staff.register()
    for (let version = 1; version <= 5; version++) {
      const answers = await twins(before.id, version)
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412])
      const winner = answers.find(({ status }) => status === 200)
      expect((await staff.read(before.id)).body).toEqual(winner?.body)
    }
    expect(await history(before.id)).toHaveLength(5)
    expect(await changes(before.id)).toHaveLength(5)
  })

  it('asks for the present version', async () => {
    const { body: before } = await staff.register()
    const params = { patientId: before.id }
    const missing = await service.call(updateRoute, { params, body: {}, token: staff.frontDesk })
    expect(missing.status).toBe(428)
    for (const version of [0, 2]) {
      const stale = await staff.update(before.id, version, { gender: 'other' })
      expect(stale.status).toBe(412)
      expect(stale.body).toMatchObject({ code: 'precondition-failed' })
    }
    expect((await staff.read(before.id)).body).toEqual(before)
  })

  it.each([
    [{ birthDate: '1915-02-30' }, 'body.birthDate'],
    [{ birthDate: '2099-01-01' }, 'body.birthDate'],
    [{ birthDate: '1700' }, 'body.birthDate'],
    [{ name: { family: null } }, 'body.name.family'],
    [{ mrn: 'WG000000013' }, 'body.mrn'],
    [{ telecoms: [{ system: 'phone' }] }, 'body.telecoms.0.value'],
  ])('refuses %j', async (patch, field) => {
    const { body: before } = await staff.register()
    const answer = await staff.update(before.id, 1, patch)
    expect(answer.status).toBe(400)
    expect(answer.body.fields.map((each: { field: string }) => each.field)).toContain(field)
  })
})

describe('who may correct', () => {
  it('lets a patient change the own addresses and telecoms, and nothing else', async () => {
    const { body: before } = await staff.register()
    const own = service.issueToken({ patientId: before.id })
    const addresses = [{ line: ['1 New Street'], city: 'Town' }]
    expect((await staff.update('me', 1, { addresses, telecoms: null }, own)).body).toEqual({
      ...before,
      addresses,
      telecoms: [],
      version: 2,
    })
    const refused = await staff.update(before.id, 2, { addresses: [], birthDate: '1990-01-01' }, own)
    expect(refused.status).toBe(403)
    expect(refused.body).toMatchObject({
      code: 'not-yours-to-change',
      fields: [{ field: 'body.birthDate', expected: 'a change by the front desk' }],
    })
    expect((await staff.read(before.id)).body).toMatchObject({ addresses, version: 2 })
  })

  it('answers everyone else as for an id that does not exist', async () => {
    const { body: before } = await staff.register()
    const tokens = [
      service.issueToken({ patientId: randomUUID() }),
      ...(['clinician', 'biller', 'auditor', 'admin'] as const).map((role) => service.issueToken({ roles: [role] })),
    ]
    for (const token of tokens) {
      const answers = [
        await staff.update(before.id, 1, { gender: 'other' }, token),
        await staff.update(randomUUID(), 1, { gender: 'other' }, token),
      ]
      for (const { status, body } of answers) expect([status, body.code]).toEqual([404, 'not-found'])
    }
    expect((await staff.update(randomUUID(), 1, { gender: 'other' })).status).toBe(404)
    expect((await staff.update(before.id, 1, { gender: 'other' }, 'nonsense')).status).toBe(401)
  })
})

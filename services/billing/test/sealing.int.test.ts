import { randomUUID } from 'node:crypto'
import { visitCompleted } from '@wellgate/shared/contracts/appointments/events'
import type { EventContract, PayloadOf } from '@wellgate/shared/contracts/event'
import { importBilling } from '@wellgate/shared/contracts/interop/events'
import { FacilityId, ImportId, PatientId } from '@wellgate/shared/contracts/ids'
import type { Sealer } from '@wellgate/shared/crypto/sealer'
import type { Pool } from '@wellgate/shared/db/pool'
import { withTx } from '@wellgate/shared/db/tx'
import type { Message } from '@wellgate/shared/messaging/message'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { addCharge } from '../src/charges/add-charge.ts'
import { invoiceWaiting } from '../src/charges/invoice-waiting.ts'
import { billingConsumers } from '../src/consumers.ts'
import type { Deps } from '../src/deps.ts'
import { claim, itemOf } from './history-bills.ts'
import { day, type Office, startOffice } from './support.ts'

// A data key that is not in memory needs a connection of its own: who waits for it in a transaction holds one, and locks.

let office: Office
let deps: Deps
let open = 0
const inTransaction: string[] = []

/** The pool, that knows how many of its connections are held. */
const watched = (pool: Pool): Pool =>
  new Proxy(pool, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (name !== 'connect') return typeof value === 'function' ? (value.bind(target) as unknown) : value
      return async () => {
        const client = await target.connect()
        open++
        const release = client.release.bind(client)
        client.release = (error) => {
          open--
          client.release = release
          release(error)
        }
        return client
      }
    },
  })

/** The sealer, that remembers what was asked of it while a connection was held. */
const watchful = (sealer: Sealer): Sealer =>
  new Proxy(sealer, {
    get(target, name) {
      const work = Reflect.get(target, name) as (...given: unknown[]) => unknown
      return (...given: unknown[]) => {
        if (open > 0) inTransaction.push(String(name))
        return work(...given)
      }
    },
  })

beforeAll(async () => {
  office = await startOffice({}, ['http'])
  const { platform } = office.service.running
  deps = {
    ...platform,
    pool: watched(platform.pool),
    sealer: watchful(platform.sealer),
    config: { WELLGATE_INVOICE_DUE_DAYS: 30 } as Deps['config'],
    currency: 'USD',
    dayOf: () => day(),
    today: () => day(),
    codeIndex: platform.blindIndex('price-code'),
  }
})
beforeEach(() => void inTransaction.splice(0))
afterAll(async () => {
  expect(await office.faults()).toEqual([])
  await office.service.stop()
})

/** As the consumer does: what is to be done before, then the effect in a transaction. */
async function consume<C extends EventContract>(contract: C, payload: PayloadOf<C>): Promise<void> {
  const handler = billingConsumers(deps).find((each) => each.contract === contract)
  const envelope = { aggregateversion: 1, time: new Date().toISOString() }
  const effect = await handler?.prepare({ id: randomUUID(), key: '', envelope } as Message, payload)
  await withTx(deps.pool, async (tx) => effect?.(tx))
}

async function visit(priceCode: string): Promise<string> {
  const patientId = randomUUID()
  await office.service.adminPool.query('insert into billing.patient values ($1)', [patientId])
  await office.insure(patientId, { kind: 'copay', copay: 100 })
  const facilityId = FacilityId.parse(randomUUID())
  const start = new Date().toISOString()
  const told = {
    appointmentId: randomUUID(),
    patientId: PatientId.parse(patientId),
    providerId: randomUUID(),
    facilityId,
  }
  const names = { providerName: 'Dr Grace Hopper', facilityName: 'Main', visitTypeName: 'Check-up' }
  const ids = { visitTypeId: randomUUID(), encounterId: randomUUID() }
  await consume(visitCompleted, { ...told, ...names, ...ids, start, end: start, priceCode })
  return patientId
}
/** A price that nobody is told of: what waits for it waits for the job. */
const priceLate = (code: string) =>
  office.service.adminPool.query(`insert into billing.price values ($1, '2020-01-01', 'Late', 700, 'USD')`, [code])
const invoicesOf = async (patientId: string) =>
  (await office.call('billing.list-invoices', { token: office.biller, params: { patientId } })).body.items

it('a visit is charged without keys in its transaction', async () => {
  expect(await invoicesOf(await visit('VISIT-30'))).toMatchObject([{ patientShare: { amount: 100 } }])
  expect(inTransaction).toEqual([])
})

it('so is what waited for a price', async () => {
  const code = randomUUID()
  const patientId = await visit(code)
  expect(inTransaction).toEqual([])
  await priceLate(code)
  expect(await invoiceWaiting(deps, [code])).toBe(1)
  expect(await invoicesOf(patientId)).toMatchObject([{ total: { amount: 700 }, patientShare: { amount: 100 } }])
  expect(inTransaction).toEqual([])
})

it('so is what is charged by hand', async () => {
  const patientId = randomUUID()
  await office.service.adminPool.query('insert into billing.patient values ($1)', [patientId])
  const key = { actorId: randomUUID(), route: 'x', key: randomUUID(), bodyHash: Buffer.alloc(32) }
  await addCharge(deps, { patientId, code: 'VISIT-30', servicedOn: day(), quantity: 1, key })
  expect(inTransaction).toEqual([])
})

it('so is an import', async () => {
  const patientId = PatientId.parse(randomUUID())
  const items = [{ ...itemOf(claim()), index: 0 }]
  await consume(importBilling, { importId: ImportId.parse(randomUUID()), patientId, source: 'x', chunk: 1, items })
  const { rows } = await office.service.adminPool.query(
    'select count(*)::int as n from billing.imported_bill where patient_id = $1',
    [patientId],
  )
  expect(rows).toEqual([{ n: 1 }])
  expect(inTransaction).toEqual([])
})

it('what does not open does not keep what waits behind it', async () => {
  const code = randomUUID()
  const [broken, whole] = [await visit(code), await visit(code)]
  const mar = 'update billing.charge set document = substring(document for 20) where patient_id = $1'
  await office.service.adminPool.query(mar, [broken])
  await priceLate(code)
  await expect(invoiceWaiting(deps, [code])).rejects.toThrow('malformed')
  expect(await invoicesOf(whole)).toMatchObject([{ total: { amount: 700 } }])
  expect(await invoicesOf(broken)).toEqual([])
})

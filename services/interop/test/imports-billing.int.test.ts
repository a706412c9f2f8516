import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importBilling, importResources } from '@wellgate/shared/contracts/interop/events'
import { billingImportApplied } from '@wellgate/shared/contracts/billing/events'
import { startTestService, type RunningTestService } from '@wellgate/shared/testing/service'
import { interopService } from '../src/service.ts'
import { bundleOf, entryOf, smallBundle } from './bundles.ts'
import { answer, answerAll, read, replayAll, send, sentOf, snapshot } from './importing.ts'

let service: RunningTestService

beforeAll(async () => {
  service = await startTestService(interopService, { config: { WELLGATE_IMPORT_BILLING: 'true' } })
})
afterAll(() => service.stop())

/** The small record, and an explanation of its claim. */
function billedBundle() {
  const small = smallBundle()
  const explanation = entryOf('ExplanationOfBenefit', {
    patient: { reference: small.patient.fullUrl },
    claim: { reference: small.claim.fullUrl },
    provider: { reference: small.practitioner.fullUrl },
  })
  return { ...small, explanation, bundle: bundleOf([...small.entries, explanation]) }
}

const setAside = (count: number) => ({ created: 0, unchanged: 0, updated: 0, setAside: count })
const created = (count: number) => ({ ...setAside(0), created: count })

describe('where billing runs', () => {
  it('claims and explanations go to it, and the import waits for its answer', async () => {
    const { bundle, claim } = billedBundle()
    const importId = await send(service, bundle)
    const [patient, resources, bills] = await sentOf(service, importId)
    if (!patient || !resources || !bills) throw new Error('not all was sent')
    expect(bills).toMatchObject({ aggregateVersion: 2, payload: { chunk: 2 } })
    expect(bills.payload.items.map(({ index, type }) => [index, type])).toEqual([
      [7, 'Claim'],
      [8, 'ExplanationOfBenefit'],
    ])
    const [ours, explanation] = bills.payload.items
    expect(explanation?.links[claim.fullUrl]).toBe(`Claim/${ours?.id}`)
    expect(explanation?.performers).toEqual(['Dr. June Kassulke'])

    await answer(service, patient, () => ({ outcome: 'created' }))
    await answer(service, resources, () => ({ outcome: 'created' }))
    expect((await read(service, importId)).state).toBe('running')
    await answer(service, bills, ({ type }) =>
      type === 'Claim' ? { outcome: 'created' } : { outcome: 'set-aside', code: 'invalid-resource', detail: '`use`' },
    )
    const { state, counts, setAside: refused } = await read(service, importId)
    expect(state).toBe('completed')
    expect(counts).toMatchObject({ Claim: created(1), ExplanationOfBenefit: setAside(1), Observation: created(2) })
    expect(refused.find(({ index }) => index === 8)).toMatchObject({ type: 'ExplanationOfBenefit', detail: '`use`' })
  })

  it('many of them go in chunks of their own', async () => {
    const { patient, entries } = smallBundle()
    const claims = Array.from({ length: 120 }, () => entryOf('Claim', { patient: { reference: patient.fullUrl } }))
    const importId = await send(service, bundleOf([...entries, ...claims]))
    const sent = await sentOf(service, importId)
    expect(sent.map(({ payload }) => [payload.chunk, payload.items.length])).toEqual([
      [0, 1],
      [1, 4],
      [2, 100],
      [3, 21],
    ])
    await answerAll(service, importId)
    expect(await read(service, importId)).toMatchObject({ state: 'completed', counts: { Claim: created(121) } })
  })

  it('a claim of another patient is set aside, as any resource is', async () => {
    const { entries } = smallBundle()
    const stranger = entryOf('Claim', { patient: { reference: 'Patient/another' } })
    const importId = await send(service, bundleOf([...entries, stranger]))
    await answerAll(service, importId)
    const { setAside: refused } = await read(service, importId)
    expect(refused.find(({ index }) => index === entries.length)).toMatchObject({ code: 'wrong-patient' })
  })

  it('no answer of records counts for a chunk of billing, and none counts twice', async () => {
    const importId = await send(service, billedBundle().bundle)
    const sent = await sentOf(service, importId)
    const bills = sent.at(-1)
    if (!bills) throw new Error('nothing was sent')
    const { patientId, chunk } = bills.payload
    const before = await snapshot(service)
    const results = [{ index: 7, outcome: 'created' as const }]
    await service.publish(billingImportApplied, { importId: bills.payload.importId, patientId, chunk: 1, results })
    expect(await snapshot(service)).toEqual(before)
    await answerAll(service, importId)
    const after = await snapshot(service)
    await service.publish(billingImportApplied, { importId: bills.payload.importId, patientId, chunk, results })
    expect(await snapshot(service)).toEqual(after)
  })

  it.each(['kept', 'lost'] as const)('replays change nothing (inbox %s)', async (inbox) => {
    const importId = await send(service, billedBundle().bundle)
    await answerAll(service, importId)
    await send(service, billedBundle().bundle)
    await service.processed()
    const before = await snapshot(service)
    await replayAll(service, inbox)
    expect(await snapshot(service)).toEqual(before)
    expect(await sentOf(service, importId)).toHaveLength(3)
  })
})

describe('where it does not', () => {
  it('they are set aside, nothing waits, and records is sent the same', async () => {
    const without = await startTestService(interopService)
    try {
      const { bundle } = billedBundle()
      const importId = await send(without, bundle)
      expect(await without.published(importBilling)).toEqual([])
      await answerAll(without, importId)
      const { state, setAside: refused } = await read(without, importId)
      expect(state).toBe('completed')
      expect(refused.filter(({ code }) => code === 'unsupported-type').map(({ index }) => index)).toEqual([1, 2, 7, 8])

      const here = await send(service, bundle)
      await service.processed()
      const shapeOf = (events: Awaited<ReturnType<typeof sentOf>>) =>
        events.flatMap(({ payload }) =>
          payload.items.map(({ index, resource, links }) => [index, resource, Object.keys(links)]),
        )
      const [one, two] = [await without.published(importResources), await service.published(importResources)]
      expect(shapeOf(two.filter(({ payload }) => payload.importId === here))).toEqual(shapeOf(one))
    } finally {
      await without.stop()
    }
  })
})

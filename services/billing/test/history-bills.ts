import { createHash, randomUUID } from 'node:crypto'
import { billingImportApplied } from '@wellgate/shared/contracts/billing/events'
import { billingPatientRoutes } from '@wellgate/shared/contracts/billing/patient-routes'
import type { PayloadOf } from '@wellgate/shared/contracts/event'
import { ImportId, PatientId } from '@wellgate/shared/contracts/ids'
import { importBilling } from '@wellgate/shared/contracts/interop/events'
import { startTestService, type RunningTestService } from '@wellgate/shared/testing/service'
import { billingService } from '../src/service.ts'

export type Json = Record<string, unknown>
type Chunk = PayloadOf<typeof importBilling>
export type Item = Chunk['items'][number]

/** The service as it runs. No test of the history asks the payment processor. */
export const startHistory = () =>
  startTestService(billingService, {
    config: { WELLGATE_PAYMENT_KEY: 'sk_test_history', WELLGATE_PAYMENT_WEBHOOK_SECRET: 'whsec_history_history' },
  })

export const newPatient = (): PatientId => PatientId.parse(randomUUID())

const usd = (value: unknown) => ({ value, currency: 'USD' })
const checkUp = { coding: [{ system: 'http://snomed.info/sct', code: '185349003', display: 'Check up' }] }

export const claim = (fields: Json = {}): Json => ({
  resourceType: 'Claim',
  status: 'active',
  use: 'claim',
  created: '2011-05-06T23:30:00-05:00',
  billablePeriod: { start: '2011-05-06T23:00:00-05:00', end: '2011-05-06T23:30:00-05:00' },
  insurance: [{ sequence: 1, focal: true, coverage: { display: 'Aetna' } }],
  item: [{ sequence: 1, productOrService: checkUp }],
  total: usd(406.04),
  ...fields,
})

const adjudicated = (code: string, value: unknown) => ({
  category: { coding: [{ code: `https://bluebutton.cms.gov/resources/variables/${code}` }] },
  amount: usd(value),
})

/** As Synthea writes it: amounts with the noise of doubles in them. */
export const explanation = (claimReference: string | null, fields: Json = {}): Json => ({
  resourceType: 'ExplanationOfBenefit',
  status: 'active',
  use: 'claim',
  created: '2012-05-06T04:30:00Z',
  insurer: { display: 'Aetna Health' },
  ...(claimReference === null ? {} : { claim: { reference: claimReference } }),
  item: [
    { sequence: 1, productOrService: checkUp },
    {
      sequence: 2,
      productOrService: { text: 'Something without a code' },
      adjudication: [adjudicated('line_coinsrnc_amt', 28.104000000000003), adjudicated('line_bene_ptb_ddctbl_amt', 0)],
    },
    {
      sequence: 3,
      productOrService: checkUp,
      adjudication: [adjudicated('line_coinsrnc_amt', 28.104000000000003), { category: {}, reason: {} }],
    },
  ],
  total: [{ category: { coding: [{ code: 'submitted' }] }, amount: usd(406.04) }],
  payment: { amount: usd(224.83200000000002) },
  ...fields,
})

/** An item as interop sends it. */
export function itemOf(resource: Json, more: Partial<Item> = {}): Item {
  const text = JSON.stringify(resource)
  return {
    index: 0,
    type: resource['resourceType'] as Item['type'],
    id: randomUUID(),
    sourceHash: createHash('sha256').update(text).digest('hex'),
    resource: text,
    performers: ['LAHEY HOSPITAL'],
    encounterId: null,
    links: {},
    ...more,
  }
}

/** A claim and its explanation, tied as interop ties them. */
export function pair(claimFields: Json = {}, explanationFields: Json = {}): { bill: Item; said: Item } {
  const bill = itemOf(claim(claimFields))
  const said = itemOf(explanation('urn:uuid:c', explanationFields), { links: { 'urn:uuid:c': `Claim/${bill.id}` } })
  return { bill, said }
}

const route = billingPatientRoutes[billingPatientRoutes.findIndex(({ id }) => id === 'billing.list-billing-history')]

/** What the tests do again and again. */
export function at(service: RunningTestService) {
  const biller = service.issueToken({ roles: ['biller'] })
  const read = (patientId: string, query: Record<string, string | number> = {}, token = biller) =>
    service.call(route ?? billingPatientRoutes[0], { params: { patientId }, query, token })
  return {
    read,
    /** Imports a chunk; what became of each item. */
    async send(items: readonly Item[], patientId = newPatient(), chunk = 1) {
      const importId = ImportId.parse(randomUUID())
      const sent = {
        importId,
        patientId,
        source: 'synthea',
        chunk,
        items: items.map((item, index) => ({ ...item, index })),
      }
      await service.publish(importBilling, sent)
      const answers = (await service.published(billingImportApplied)).filter(
        ({ payload }) => payload.importId === importId,
      )
      return { patientId, answers, results: answers.flatMap(({ payload }) => payload.results) }
    },
    async items(patientId: string): Promise<Json[]> {
      const items: Json[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body } = await read(patientId, { limit: 5, ...(cursor ? { cursor } : {}) })
        items.push(...(body.items as Json[]))
        cursor = body.next as string | null
      }
      return items
    },
  }
}

import type { Bench } from '../bench.ts'
import { anotherAddress, load } from '../load.ts'
import type { Result } from '../result.ts'
import { measureRounds } from './rounds.ts'

export interface Read {
  readonly id: string
  readonly what: string
  readonly path: string | (() => Promise<string>)
  /** Of section 9. */
  readonly goal: number
  token(): Promise<string>
}

/** CPU per request of a GET through the gateway. */
export async function measureRead(bench: Bench, read: Read): Promise<Result> {
  const { requests, connections } = bench.options
  const stack = await bench.stack()
  const url = stack.gateway + (typeof read.path === 'string' ? read.path : await read.path())
  const token = await read.token()
  return measureRounds(bench, {
    ...read,
    run: async () => (await load({ url, token, requests, connections, from: anotherAddress() })).latencies,
  })
}

export const profile = (bench: Bench): Promise<Result> =>
  measureRead(bench, {
    id: 'profile',
    what: "read one's own profile",
    path: '/v1/patients/me',
    goal: 4.5,
    token: () => bench.demoToken(),
  })

export const observations = (bench: Bench): Promise<Result> =>
  measureRead(bench, {
    id: 'observations',
    what: '20 observations of 200',
    path: '/v1/patients/me/observations?limit=20',
    goal: 6,
    token: () => bench.richToken(),
  })

const DAY_MS = 86_400_000

/** Twenty free times from tomorrow on, of the demo's clinic. */
export const slots = (bench: Bench): Promise<Result> =>
  measureRead(bench, {
    id: 'slots',
    what: '20 free times',
    path: async () => {
      const { demo } = await bench.stack()
      const visitTypeId = demo.clinic?.visitTypes.find(({ name }) => name === 'Same-day visit')?.id
      if (!visitTypeId) throw new Error('the demo has no clinic')
      const [from, to] = [1, 8].map((days) => new Date(Date.now() + days * DAY_MS).toISOString())
      return `/v1/slots?${new URLSearchParams({ visitTypeId, from: from ?? '', to: to ?? '', limit: '20' }).toString()}`
    },
    goal: 5,
    token: () => bench.demoToken(),
  })

export const invoices = (bench: Bench): Promise<Result> =>
  measureRead(bench, {
    id: 'invoices',
    what: "read one's own invoices",
    path: '/v1/patients/me/invoices',
    goal: 5,
    token: () => bench.demoToken(),
  })

import { z } from 'zod'
import type { EventContract } from '../../src/contracts/event.ts'
import { route } from '../../src/contracts/route.ts'
import type { Tx } from '../../src/db/tx.ts'
import type { Handlers } from '../../src/http/handlers.ts'
import { handle } from '../../src/messaging/handlers.ts'
import { patientRegistered } from '../../src/contracts/patients/events.ts'

// Not run: `tsc -p packages/shared` checks it. Each error below is expected; where one no longer is, tsc fails.

const described = {
  id: 'records.read-thing',
  method: 'GET',
  path: '/v1/things/:thingId',
  summary: 'A thing.',
  action: 'read',
  params: z.object({ thingId: z.uuid() }),
} as const
const answers = { 200: z.object({ name: z.string() }), 204: null } as const

export const complete = route({ ...described, access: { kind: 'authenticated' }, answers })

// @ts-expect-error A route without an access rule is denied to exist: default deny begins at the compiler.
export const withoutRule = route({ ...described, answers })

// @ts-expect-error Staff without a role would be anybody who works here.
export const withoutRoles = route({ ...described, access: { kind: 'staff', roles: [] }, answers })

// @ts-expect-error Only roles that exist can be held.
export const unknownRole = route({ ...described, access: { kind: 'patient', roles: ['janitor'] }, answers })

// @ts-expect-error The service that owns a route is the first word of its id.
export const ownerless = route({ ...described, id: 'laundry.read-thing', access: { kind: 'public' }, answers })

const publicRoute = route({
  ...described,
  id: 'records.write-thing',
  method: 'POST',
  access: { kind: 'public' },
  body: z.strictObject({ name: z.string() }),
  answers: { 201: null },
})
type Things = Handlers<readonly [typeof complete, typeof publicRoute]>

export const handlers: Things = {
  'records.read-thing': async ({ params }) => ({ status: 200, body: { name: params.thingId } }),
  'records.write-thing': async () => ({ status: 201 }),
}

// @ts-expect-error Every contract has a handler: `records.write-thing` is missing.
export const missingHandler: Things = { 'records.read-thing': handlers['records.read-thing'] }

export const unknownHandler: Things = {
  ...handlers,
  // @ts-expect-error No contract has this id.
  'records.erase-thing': handlers['records.read-thing'],
}

export const undeclaredStatus: Things = {
  ...handlers,
  // @ts-expect-error The contract answers 200 or 204; 202 is not declared.
  'records.read-thing': async () => ({ status: 202, body: { name: 'x' } }),
}

export const problemAsAnswer: Things = {
  ...handlers,
  // @ts-expect-error A problem is thrown, never answered.
  'records.read-thing': async () => ({ status: 404 }),
}

export const withoutBody: Things = {
  ...handlers,
  // @ts-expect-error 200 has a body.
  'records.read-thing': async () => ({ status: 200 }),
}

export const bodyWhereNone: Things = {
  ...handlers,
  // @ts-expect-error 204 has none.
  'records.read-thing': async () => ({ status: 204, body: { name: 'x' } }),
}

export const wrongBody: Things = {
  ...handlers,
  // @ts-expect-error `name` is a text.
  'records.read-thing': async () => ({ status: 200, body: { name: 7 } }),
}

export const actorOfPublic: Things = {
  ...handlers,
  // @ts-expect-error Nobody is logged in on a public route.
  'records.write-thing': async ({ actor }) => ({ status: 201, headers: { 'x-actor': actor.accountId } }),
}

export const bodyOfGet: Things = {
  ...handlers,
  // @ts-expect-error The contract has no body to read.
  'records.read-thing': async ({ body }) => ({ status: 200, body: { name: body.name } }),
}

// @ts-expect-error Whether an event is sealed is said, never assumed.
export const unsaid: EventContract = { ...patientRegistered, protected: undefined }

// @ts-expect-error An effect sees the payload of its contract, and no other field.
export const unknownField = handle(patientRegistered, async (_tx: Tx, { payload }) => void payload.name)

import type { ServiceName } from './services.ts'

/** What the whole API has in common, for the page that shows it; Markdown. */
export const ABOUT_API = `
The backend of a patient portal: patients read their record, book their visits and pay for them; staff register, see and bill them.

**Log in** with \`POST /v1/sessions\` and send the access token as \`Authorization: Bearer …\`. It lives for ten minutes; \`POST /v1/sessions/refresh\` gives the next. Here, press *Authorize* and paste it.

**Ids** are UUIDs. Where a path asks for a patient, \`me\` is the one who is logged in. What you may not see is 404, exactly as what does not exist.

**Times** are moments with an offset (\`2027-03-01T09:30:00Z\`), days are \`YYYY-MM-DD\`, **amounts** are minor units (\`1250\` is 12.50).

**Lists** come by pages: send \`next\` as \`cursor\` until it is null.

**Changes** of what others may change, too, ask for the \`ETag\` that you read, as \`If-Match\`. With an \`Idempotency-Key\` a repeat has no second effect.

**Problems** are RFC 9457: decide by \`code\`, which is stable; \`fields\` names what was wrong and what was expected there. 429 and 503 say in \`Retry-After\` when to try again. Quote \`requestId\` when you ask for help.
`.trim()

/** What each service is for, in a sentence. */
export const ABOUT_SERVICES = {
  identity: 'Log in and out, open an account; staff accounts and facilities.',
  patients: 'Who a patient is: name, birth date, addresses, identifiers.',
  records: 'The chart: problems, allergies, medications, results, visits, plans.',
  interop: 'FHIR R4 in: the files of other hospitals become part of the record.',
  appointments: 'Find a free time, hold it, book it, move it, wait for one; calendars and the day sheet for staff.',
  billing: 'Invoices, payments, plans, estimates and receipts; charges, prices and the ledger for staff.',
} as const satisfies Record<Exclude<ServiceName, 'gateway'>, string>

import { billingImportApplied } from '@wellgate/shared/contracts/billing/events'
import { importBilling, importPatient, importResources } from '@wellgate/shared/contracts/interop/events'
import type { ItemResult } from '@wellgate/shared/contracts/interop/import-result'
import { interopRoutes } from '@wellgate/shared/contracts/interop/routes'
import { patientImportApplied } from '@wellgate/shared/contracts/patients/events'
import { resourcesImportApplied } from '@wellgate/shared/contracts/records/events'
import type { PublishedEvent } from '@wellgate/shared/testing/published'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import type { BillingItem, PatientItem, ResourceItem } from '../src/imports/event-items.ts'
import { isBilling } from '../src/imports/split-bundle.ts'

const [createImport, readImport] = interopRoutes

type Payload = PublishedEvent<typeof importResources>['payload']
export type Item = PatientItem | ResourceItem | BillingItem
export type SentEvent = Omit<PublishedEvent<typeof importResources>, 'payload'> & {
  payload: Omit<Payload, 'items'> & { items: readonly Item[] }
}

/** Sends a bundle and answers with the import's id. */
export async function send(service: RunningTestService, bundle: unknown, source = 'general-hospital'): Promise<string> {
  const response = await service.call(createImport, {
    query: { source },
    body: bundle,
    token: service.issueToken({ roles: ['admin'] }),
  })
  if (response.status !== 202) throw new Error(`not accepted: ${response.status} ${JSON.stringify(response.body)}`)
  return (response.body as { id: string }).id
}

/** The import as the API tells it. */
export async function read(service: RunningTestService, importId: string) {
  const response = await service.call(readImport, {
    params: { importId },
    token: service.issueToken({ roles: ['front-desk'] }),
  })
  if (response.status !== 200) throw new Error(`not read: ${response.status}`)
  return response.body as {
    state: string
    patientId: string
    counts: Record<string, { created: number; unchanged: number; updated: number; setAside: number }>
    setAside: { index: number; type: string; sourceId: string | null; code: string; detail: string }[]
  }
}

/** What was sent on for an import, the patient first. */
export async function sentOf(service: RunningTestService, importId: string): Promise<SentEvent[]> {
  const all: SentEvent[] = [
    ...(await service.published(importPatient)),
    ...(await service.published(importResources)),
    ...(await service.published(importBilling)),
  ]
  return all
    .filter(({ payload }) => payload.importId === importId)
    .toSorted((a, b) => a.payload.chunk - b.payload.chunk)
}

export type Decide = (item: Item) => Omit<ItemResult, 'index'>

/** Answers one chunk as the service that it was sent to would. */
export async function answer(service: RunningTestService, { payload }: SentEvent, decide: Decide): Promise<void> {
  const { importId, patientId, chunk, items } = payload
  const results = items.map((item) => ({ index: item.index, ...decide(item) }))
  const type = items[0]?.type ?? ''
  const contract =
    type === 'Patient' ? patientImportApplied : isBilling(type) ? billingImportApplied : resourcesImportApplied
  await service.publish(contract, { importId, patientId, chunk, results })
}

/** Answers everything that was sent for an import. */
export async function answerAll(
  service: RunningTestService,
  importId: string,
  decide: Decide = () => ({ outcome: 'created' }),
): Promise<void> {
  for (const sent of await sentOf(service, importId)) await answer(service, sent, decide)
}

/** Delivers every event again from the start: with the inbox as it is, or as after a restore without it. */
export async function replayAll(service: RunningTestService, inbox: 'kept' | 'lost'): Promise<void> {
  await service.processed()
  if (inbox === 'lost') await service.adminPool.query('delete from interop.inbox')
  await service.adminPool.query("update events.group_offset set next_offset = 0 where consumer_group = 'interop'")
  await service.processed()
}

/** Every row of the service's tables as text, without what only counts deliveries. */
export async function snapshot(service: RunningTestService): Promise<string[]> {
  const tables = ['crosswalk', 'import_job', 'received_bundle', 'import_chunk', 'outbox', 'parked_event']
  const found = await Promise.all(
    tables.map((table) =>
      service.adminPool.query<{ row: string }>(`select t::text as row from interop.${table} t order by 1`),
    ),
  )
  return found.flatMap(({ rows }, at) => rows.map(({ row }) => `${tables[at]} ${row}`))
}

/** Every stored byte that Postgres shows of a schema: text of all columns, and the bytes of sealed ones. */
export async function everythingStored(service: RunningTestService): Promise<Buffer> {
  const { rows: columns } = await service.adminPool.query<{
    schema: string
    table: string
    column: string
    type: string
  }>(
    `select table_schema as schema, table_name as "table", column_name as "column", data_type as type
     from information_schema.columns where table_schema in ('interop', 'interop_keys', 'events')`,
  )
  const parts: Buffer[] = []
  for (const { schema, table, column, type } of columns) {
    const value = type === 'bytea' ? `"${column}"` : `convert_to("${column}"::text, 'UTF8')`
    const { rows } = await service.adminPool.query<{ value: Buffer | null }>(
      `select ${value} as value from "${schema}"."${table}"`,
    )
    parts.push(...rows.flatMap((row) => (row.value ? [row.value] : [])))
  }
  const { rows: log } = await service.adminPool.query<{ message: string }>('select message from events.log')
  for (const { message } of log) {
    const { data_base64: sealed } = JSON.parse(message) as { data_base64?: string }
    if (sealed) parts.push(Buffer.from(sealed, 'base64'))
  }
  return Buffer.concat(parts)
}

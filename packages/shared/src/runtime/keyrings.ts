import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { escapeIdentifier } from 'pg'
import type { EventContract } from '../contracts/event.ts'
import type { ServiceName } from '../contracts/services.ts'
import type { KeysDatabase } from '../crypto/keys-schema.ts'
import { addKeys, copyKeys, createKeyring } from '../crypto/local-kms.ts'

/** The KMS key of a service, which wraps its service keys. */
export const serviceKeyId = (service: ServiceName): string => `service/${service}`

/** The KMS keys of the protected topics that a service publishes to or reads: it may use these and no others. */
export function topicKeyIds(service: ServiceName, events: readonly EventContract[]): string[] {
  const topics = events
    .filter((event) => event.protected && (event.producer === service || event.readers.includes(service)))
    .map((event) => `topic/${event.topic}`)
  return [...new Set(topics)].toSorted()
}

/**
 * Local keyrings, one file a service: its own KMS key, and the topic keys it shares with the services it talks to.
 * Again does no harm: present keys stay. @returns the path of each service's keyring
 */
export async function prepareKeyrings(
  folder: string,
  services: readonly ServiceName[],
  events: readonly EventContract[],
): Promise<Record<string, string>> {
  const topics = join(folder, 'topics.keyring.json')
  const allTopics = [...new Set(services.flatMap((service) => topicKeyIds(service, events)))]
  await createOrExtend(topics, allTopics)
  const paths: Record<string, string> = {}
  for (const service of services) {
    const path = keyringIn(folder, service)
    await createOrExtend(path, [serviceKeyId(service)])
    await copyKeys(topics, path, topicKeyIds(service, events))
    paths[service] = path
  }
  return paths
}

/**
 * Asked as an administrator before {@link prepareKeyrings} makes what is missing: a new keyring would open nothing of what is
 * sealed. @throws Error that names the services whose keyring is gone while their database holds keys that it wrapped
 */
export async function refuseLostKeyrings(
  admin: KeysDatabase,
  folder: string,
  services: readonly ServiceName[],
): Promise<void> {
  const lost: ServiceName[] = []
  for (const service of services) {
    if (existsSync(keyringIn(folder, service))) continue
    const table = `${escapeIdentifier(`${service}_keys`)}.service_key`
    const { rows } = await admin.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table])
    if (rows[0]?.there !== true) continue
    const { rowCount } = await admin.query(`select from ${table} limit 1`)
    if (rowCount !== 0) lost.push(service)
  }
  if (lost.length === 0) return
  throw new Error(
    `${folder} has no keyring of ${lost.join(', ')}, and the database holds what only those open: put the folder back`,
  )
}

const keyringIn = (folder: string, service: ServiceName): string => join(folder, `${service}.keyring.json`)

async function createOrExtend(path: string, keyIds: readonly string[]): Promise<void> {
  if (existsSync(path)) await addKeys(path, keyIds)
  else await createKeyring(path, keyIds)
}

import { generateSigningKey } from '@wellgate/shared/access/token-issuer'
import type { Place } from '@wellgate/shared/crypto/sealer'
import { withTx } from '@wellgate/shared/db/tx'
import type { Job } from '@wellgate/shared/runtime/jobs'
import type { Deps } from '../deps.ts'
import { addSigningKey, currentSigningKeys, retireSigningKeys } from './signing-key-repository.ts'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS

/** A key signs for 90 days. */
export const KEY_LIFETIME_MS = 90 * DAY_MS
/** A key that another has followed stays published for this long: far longer than its last token lives. */
const OVERLAP_MS = DAY_MS

/** A signing key has a data key of its own: its id stands where a patient would. */
export const placeOfKey = (kid: string): Place => ({
  table: 'signing_key',
  column: 'private_key',
  row: kid,
  patient: kid,
})

/** Makes a signing key where there is none younger than `maxAgeMs`. Safe in many processes at once: one makes it. */
export async function ensureSigningKey(deps: Deps, maxAgeMs = KEY_LIFETIME_MS): Promise<void> {
  const now = deps.now()
  const due = new Date(now.getTime() - maxAgeMs)
  if ((await currentSigningKeys(deps.pool)).some(({ created_at }) => created_at > due)) return
  const key = generateSigningKey(deps.newId())
  const sealed = await deps.sealer.seal(placeOfKey(key.kid), key.privateKeyPem)
  await withTx(deps.pool, (tx) => addSigningKey(tx, { kid: key.kid, private_key: sealed, created_at: now }, due))
}

/** Withdraws a signing key a day after another has followed it. */
export const retireOldKeys = (deps: Deps): Job => ({
  name: 'retire-signing-keys',
  role: 'relay',
  everyMs: HOUR_MS,
  async run() {
    const now = deps.now()
    await retireSigningKeys(deps.pool, now, new Date(now.getTime() - OVERLAP_MS))
  },
})

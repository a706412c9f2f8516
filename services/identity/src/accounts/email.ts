import type { Place } from '@wellgate/shared/crypto/sealer'
import type { Deps } from '../deps.ts'

/** An account's e-mail has a data key of its own: the account stands where a patient would. */
const placeOf = (accountId: string): Place => ({
  table: 'account',
  column: 'email',
  row: accountId,
  patient: accountId,
})

/** The unique index value of an e-mail; upper and lower case are the same. */
export const indexOfEmail = (deps: Pick<Deps, 'blindIndex'>, email: string): string =>
  deps.blindIndex('account.email')(email.trim().toLowerCase())

/** Seals an e-mail for its account. It makes a data key: call it outside of a transaction. */
export const sealEmail = (deps: Pick<Deps, 'sealer'>, accountId: string, email: string): Promise<Buffer> =>
  deps.sealer.seal(placeOf(accountId), email.trim().toLowerCase())

export const openEmail = async (deps: Pick<Deps, 'sealer'>, accountId: string, sealed: Buffer): Promise<string> =>
  (await deps.sealer.open(placeOf(accountId), sealed)).toString('utf8')

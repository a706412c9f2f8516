import type { RoleAtFacility } from '@wellgate/shared/access/actor'
import type { AccountId, PatientId } from '@wellgate/shared/contracts/ids'
import { execute, maybeOne, statement, type Queryable } from '@wellgate/shared/db/query'
import type { Tx } from '@wellgate/shared/db/tx'
import type { Account } from './account.ts'

interface AccountRow {
  readonly id: AccountId
  readonly email: Buffer
  readonly password_hash: string
  readonly patient_id: PatientId | null
  readonly access_version: number
  readonly disabled: boolean
  readonly roles: RoleAtFacility[]
}

const selectAccount = `
  select a.id, a.email, a.password_hash, a.patient_id, a.access_version, a.disabled_at is not null as disabled,
         coalesce((select jsonb_agg(jsonb_build_object('role', r.role, 'facilityId', r.facility_id) order by r.facility_id, r.role)
                     from account_role r where r.account_id = a.id), '[]') as roles
    from account a`

const byId = statement<AccountRow>('account.by-id', `${selectAccount} where a.id = $1`)
const byEmail = statement<AccountRow>('account.by-email', `${selectAccount} where a.email_index = $1`)

/** An e-mail or a patient that has an account leaves no row, and waits for a twin that is about to have one. */
const insert = statement<{ id: AccountId }>(
  'account.insert',
  `insert into account (id, email_index, email, password_hash, patient_id, created_at) values ($1, $2, $3, $4, $5, $6)
   on conflict do nothing returning id`,
)

const insertRoles = statement(
  'account.insert-roles',
  `insert into account_role (account_id, facility_id, role) select distinct $1::uuid, f, r from unnest($2::uuid[], $3::text[]) as given(f, r)`,
)

const disable = statement<{ access_version: number }>(
  'account.disable',
  `update account set disabled_at = $2, access_version = access_version + 1 where id = $1 and disabled_at is null returning access_version`,
)

const enabledAdmin = statement(
  'account.enabled-admin',
  `select 1 from account_role r join account a on a.id = r.account_id where r.role = 'admin' and a.disabled_at is null limit 1`,
)

export interface NewAccount {
  readonly id: string
  readonly emailIndex: string
  readonly email: Buffer
  readonly passwordHash: string
  readonly patientId: string | null
  readonly createdAt: Date
}

export const findAccount = async (q: Queryable, id: string): Promise<Account | undefined> =>
  accountOf(await maybeOne(q, byId, [id]))

export const findAccountByEmail = async (q: Queryable, emailIndex: string): Promise<Account | undefined> =>
  accountOf(await maybeOne(q, byEmail, [emailIndex]))

/** False when the e-mail or the patient has an account. */
export async function insertAccount(tx: Tx, account: NewAccount): Promise<boolean> {
  const { id, emailIndex, email, passwordHash, patientId, createdAt } = account
  return (await maybeOne(tx, insert, [id, emailIndex, email, passwordHash, patientId, createdAt])) !== undefined
}

/** Breaks `account_role_facility_id_fkey` where a facility is unknown. */
export async function addRoles(tx: Tx, accountId: string, roles: readonly RoleAtFacility[]): Promise<void> {
  await execute(tx, insertRoles, [accountId, roles.map(({ facilityId }) => facilityId), roles.map(({ role }) => role)])
}

/** The new access version; undefined where there was nothing to disable. */
export const disableAccountRow = async (tx: Tx, id: string, at: Date): Promise<number | undefined> =>
  (await maybeOne(tx, disable, [id, at]))?.access_version

export const hasEnabledAdmin = async (q: Queryable): Promise<boolean> => (await maybeOne(q, enabledAdmin)) !== undefined

function accountOf(row: AccountRow | undefined): Account | undefined {
  if (!row) return undefined
  const { id, email, disabled, roles } = row
  return {
    id,
    email,
    disabled,
    roles,
    passwordHash: row.password_hash,
    patientId: row.patient_id,
    accessVersion: row.access_version,
  }
}

const TAKE_FIRST_ADMIN_TURN = statement(
  'account.take-first-admin-turn',
  `select pg_advisory_xact_lock(hashtextextended('wellgate/identity/first-admin', 0))`,
)

/** Two makers of a first admin take turns: the second one sees the first one's. Held until the transaction ends. */
export async function takeFirstAdminTurn(tx: Tx): Promise<void> {
  await execute(tx, TAKE_FIRST_ADMIN_TURN)
}

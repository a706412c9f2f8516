import { escapeIdentifier, escapeLiteral, type ClientBase } from 'pg'

export interface Provision {
  /** The service's name: also its schema's. */
  readonly service: string
  readonly ownerPassword: string
  readonly appPassword: string
}

/** Beyond this a transaction that its process has forgotten is ended, so that it cannot hold locks for ever. */
const IDLE_IN_TRANSACTION = '30s'
/** For connections that could not say their own limit: PgBouncer does not pass it on. */
const STATEMENT = '30s'

/**
 * Gives a service its place in the client's database: the roles `<service>_owner` (migrations) and `<service>_app`
 * (runtime), and the schemas `<service>` and `<service>_keys`, which nobody else may use. The app role reads and writes
 * rows and changes no tables. Run by an administrator; again does no harm, and sets the passwords.
 */
export async function provisionService(admin: ClientBase, options: Provision): Promise<void> {
  const { service } = options
  if (!/^[a-z][a-z0-9_-]{0,40}$/.test(service)) throw new Error(`${service} cannot be the name of a service's schema`)
  // A service of two words has a dash in its name: quoted everywhere.
  const [own, keys, owner, app] = ['', '_keys', '_owner', '_app'].map((suffix) =>
    escapeIdentifier(`${service}${suffix}`),
  ) as [string, string, string, string]

  await admin.query('begin')
  try {
    // Grants on the database and on `public` are common to all services: two at once would fail on the same rows.
    await admin.query("select pg_advisory_xact_lock(hashtextextended('wellgate/provision', 0))")
    await ensureRole(admin, `${service}_owner`, options.ownerPassword)
    await ensureRole(admin, `${service}_app`, options.appPassword)
    const { rows } = await admin.query<{ database: string }>('select current_database() as database')
    const database = escapeIdentifier(rows[0]?.database ?? '')
    await admin.query(`
      grant ${owner} to current_user;
      revoke all on schema public from public;
      revoke all on database ${database} from public;
      grant connect on database ${database} to ${owner}, ${app};
      alter role ${owner} in database ${database} set search_path to ${own};
      alter role ${app} in database ${database} set search_path to ${own};
      alter role ${app} in database ${database} set idle_in_transaction_session_timeout to '${IDLE_IN_TRANSACTION}';
      alter role ${app} in database ${database} set statement_timeout to '${STATEMENT}';
    `)
    for (const schema of [own, keys]) {
      await admin.query(`
        create schema if not exists ${schema} authorization ${owner};
        revoke all on schema ${schema} from public;
        grant usage on schema ${schema} to ${app};
        alter default privileges for role ${owner} in schema ${schema} grant select, insert, update, delete on tables to ${app};
        alter default privileges for role ${owner} in schema ${schema} grant usage on sequences to ${app};
      `)
    }
    await admin.query('commit')
  } catch (error) {
    await admin.query('rollback').catch(() => undefined)
    throw error
  }
}

async function ensureRole(admin: ClientBase, role: string, password: string): Promise<void> {
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [role])
  const verb = rowCount === 0 ? 'create' : 'alter'
  await admin.query(`${verb} role ${escapeIdentifier(role)} login password ${escapeLiteral(password)}`)
}

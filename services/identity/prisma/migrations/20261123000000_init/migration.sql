-- Where staff work. Nothing here is about a patient.
create table facility (
  id         uuid primary key,
  name       text not null unique check (name <> ''),
  -- IANA; checked by the service, whose ICU data knows the names.
  time_zone  text not null check (time_zone <> ''),
  created_at timestamptz not null default now()
);

-- The patients that may be given an account, as the patients service tells of them.
create table patient_ref (
  patient_id      uuid primary key,
  -- Keyed HMAC of patient and birth date: says whether a date is the right one, and nothing else.
  birth_date_hash text not null check (birth_date_hash ~ '^[0-9a-f]{64}$'),
  version         bigint not null
);

create table account (
  id             uuid primary key,
  -- Keyed HMAC of the normalised address at its full length: one account an e-mail.
  email_index    text not null unique check (email_index ~ '^[0-9a-f]{64}$'),
  -- Sealed.
  email          bytea not null,
  password_hash  text not null check (password_hash like '$argon2id$%'),
  -- A patient has one account at most.
  patient_id     uuid unique references patient_ref (patient_id) on update no action,
  -- Tokens with a lower one are void.
  access_version int not null default 0 check (access_version >= 0),
  disabled_at    timestamptz,
  created_at     timestamptz not null
);

create table account_role (
  account_id  uuid not null references account (id) on update no action,
  facility_id uuid not null references facility (id) on update no action,
  role        text not null check (role in ('front-desk', 'clinician', 'biller', 'auditor', 'admin')),
  primary key (account_id, facility_id, role)
);
create index account_role_role_idx on account_role (role);

-- A log-in and all refresh tokens that come of it: the family.
create table session (
  id         uuid primary key,
  account_id uuid not null references account (id) on update no action,
  started_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > started_at),
  ended_at   timestamptz
);
create index session_account_id_idx on session (account_id);
create index session_expires_at_idx on session (expires_at);

create table refresh_token (
  -- SHA-256 of 256 random bits: nothing to guess, so no key and no salt.
  hash       bytea primary key check (length(hash) = 32),
  session_id uuid not null references session (id) on delete cascade on update no action,
  issued_at  timestamptz not null,
  expires_at timestamptz not null,
  spent_at   timestamptz
);
create index refresh_token_session_id_idx on refresh_token (session_id);

-- The one code of a patient: a new one takes the place of the last.
create table activation_code (
  patient_id uuid primary key references patient_ref (patient_id) on update no action,
  code_hash  text not null unique check (code_hash ~ '^[0-9a-f]{64}$'),
  issued_by  uuid not null,
  issued_at  timestamptz not null,
  expires_at timestamptz not null check (expires_at > issued_at),
  tries      int not null default 0 check (tries between 0 and 5),
  used_at    timestamptz
);

create table signing_key (
  kid         uuid primary key,
  -- Sealed PKCS #8.
  private_key bytea not null,
  created_at  timestamptz not null,
  -- Withdrawn: signs nothing more, and what it has signed is refused.
  retired_at  timestamptz
);

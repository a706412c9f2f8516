-- The wrapped keys of one service, apart from its data: backups of this schema must be short-lived, or deleting a
-- patient's keys would not be final. `:schema` and `:role` are quoted identifiers (keys-schema.ts).
create schema if not exists :schema;

create table if not exists :schema.service_key (
  id          text primary key,
  purpose     text not null check (purpose in ('data', 'index')),
  wrapped     bytea not null,
  kms_key_id  text not null,
  created_at  timestamptz not null default now(),
  retired_at  timestamptz
);

create table if not exists :schema.data_key (
  patient_id      uuid not null,
  version         int not null check (version > 0),
  service_key_id  text not null references :schema.service_key (id),
  wrapped         bytea not null,
  created_at      timestamptz not null default now(),
  primary key (patient_id, version)
);

create index if not exists data_key_service_key on :schema.data_key (service_key_id);

grant usage on schema :schema to :role;
grant select, insert, update on :schema.service_key to :role;
grant select, insert, update, delete on :schema.data_key to :role;

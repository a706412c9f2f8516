-- The wrapped keys of one service, in a schema apart from its data (the search_path names it): backups of this schema
-- must be short-lived, or deleting a patient's keys would not be final.
create table if not exists service_key (
  id          text primary key,
  purpose     text not null check (purpose in ('data', 'index')),
  wrapped     bytea not null,
  kms_key_id  text not null,
  created_at  timestamptz not null default now(),
  retired_at  timestamptz
);

create table if not exists data_key (
  patient_id      uuid not null,
  version         int not null check (version > 0),
  service_key_id  text not null references service_key (id),
  wrapped         bytea not null,
  created_at      timestamptz not null default now(),
  primary key (patient_id, version)
);

create index if not exists data_key_service_key on data_key (service_key_id);

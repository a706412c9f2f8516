-- Our id of each resource of each source, given once. The source's id identifies a patient: only its keyed hash is kept.
create table crosswalk (
  id              uuid primary key,
  source          text not null,
  type            text not null,
  source_id_index text not null,
  patient_id      uuid not null,
  created_at      timestamptz not null default now(),
  constraint crosswalk_source_key unique (source, type, source_id_index),
  constraint crosswalk_patient_is_itself check (type <> 'Patient' or patient_id = id)
);

create table import_job (
  id          uuid primary key,
  source      text not null,
  patient_id  uuid not null,
  state       text not null default 'queued',
  received_at timestamptz not null,
  finished_at timestamptz,
  constraint import_job_patient_fkey foreign key (patient_id) references crosswalk (id),
  constraint import_job_state_check check (state in ('queued', 'running', 'completed', 'failed')),
  constraint import_job_finished_check check ((finished_at is not null) = (state in ('completed', 'failed')))
);
create index import_job_patient_idx on import_job (patient_id);

-- The bundle as it came; deleted after 30 days (src/imports/delete-old-bundles.ts).
create table received_bundle (
  import_id   uuid primary key,
  bundle      bytea not null,
  received_at timestamptz not null,
  constraint received_bundle_import_fkey foreign key (import_id) references import_job (id)
);
create index received_bundle_received_at_idx on received_bundle (received_at);

-- What was sent to a service in one event, until it answers; then how many of it became what. What interop itself sets
-- aside is a chunk of its own, answered from the start.
create table import_chunk (
  import_id uuid not null,
  chunk     int not null,
  service   text not null,
  state     text not null,
  -- {type: {created, unchanged, updated, setAside}}
  counts    jsonb not null default '{}',
  -- Sealed: the items that were sent, then those that were set aside.
  items     bytea not null,
  constraint import_chunk_pkey primary key (import_id, chunk),
  constraint import_chunk_import_fkey foreign key (import_id) references import_job (id),
  constraint import_chunk_chunk_check check (chunk >= 0),
  constraint import_chunk_service_check check (service in ('patients', 'records', 'interop')),
  constraint import_chunk_state_check check (state in ('sent', 'answered'))
);

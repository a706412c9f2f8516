-- Numbers of medical record numbers; an MRN itself is PHI and lies sealed in the document.
create sequence mrn_number;

create table patient (
  id              uuid primary key,
  -- Whole HMAC of the MRN.
  mrn_index       text not null constraint patient_mrn_index_key unique,
  -- 'local', or the slug of the system the patient was imported from.
  source          text not null,
  -- Keyed hash of the resource as received: equal means unchanged.
  source_hash     text,
  locally_changed boolean not null default false,
  version         int not null constraint patient_version_check check (version > 0),
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  -- Sealed: demographics, identifiers, MRN, and the FHIR resource as received.
  document        bytea not null,
  constraint patient_source_check check ((source = 'local') = (source_hash is null))
);

-- The versions before the present one; the document is the sealed one of that version, moved as it was.
create table patient_history (
  patient_id      uuid not null references patient (id),
  version         int not null,
  mrn_index       text not null,
  source          text not null,
  source_hash     text,
  locally_changed boolean not null,
  updated_at      timestamptz not null,
  archived_at     timestamptz not null default now(),
  document        bytea not null,
  primary key (patient_id, version)
);

-- Cut HMAC of one word of a name together with the birth date: never unique, never of a name alone.
create table patient_search_token (
  token_index text not null,
  patient_id  uuid not null references patient (id),
  primary key (token_index, patient_id)
);
create index patient_search_token_patient on patient_search_token (patient_id);

-- Whole HMAC of (system, value). Exclusive: the system names a person once, so no second patient may have it.
create table patient_identifier (
  patient_id       uuid not null references patient (id),
  identifier_index text not null,
  exclusive        boolean not null,
  primary key (patient_id, identifier_index)
);
create unique index patient_identifier_exclusive on patient_identifier (identifier_index) where exclusive;
create index patient_identifier_index on patient_identifier (identifier_index);

-- A patient is never deleted, and history only grows.
do $$
begin
  execute format('revoke update, delete, truncate on patient_history from %I', current_schema() || '_app');
  execute format('revoke delete, truncate on patient from %I', current_schema() || '_app');
end
$$;

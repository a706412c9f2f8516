-- What was billed elsewhere: an imported Claim or ExplanationOfBenefit. It is history, and never touches the ledger.
create table imported_bill (
  -- Given by interop's crosswalk: the same resource again is the same row.
  id          uuid primary key,
  patient_id  uuid not null,
  -- The claim that it is or refers to: rows with one entry_id are shown as one. Not a foreign key, since the claim may come
  -- in a later chunk, or be set aside.
  entry_id    uuid not null,
  kind        text not null,
  -- Not cancelled, a draft or entered in error.
  active      boolean not null,
  -- Sorts the list, to the millisecond; a partial date counts as its beginning.
  dated_at    timestamptz(3) not null,
  source      text not null,
  -- Keyed hash of the resource as received: equal means unchanged.
  source_hash text not null,
  version     int not null default 1,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  -- Sealed: the resource as received, and who did it.
  document    bytea not null,
  constraint imported_bill_kind_check check (kind in ('Claim', 'ExplanationOfBenefit')),
  constraint imported_bill_claim_is_its_entry check (kind <> 'Claim' or entry_id = id),
  constraint imported_bill_version_check check (version > 0)
);
create index imported_bill_entry_idx on imported_bill (patient_id, entry_id);

-- The versions before the present one, as they were.
create table imported_bill_history (
  id          uuid not null,
  version     int not null,
  patient_id  uuid not null,
  entry_id    uuid not null,
  kind        text not null,
  active      boolean not null,
  dated_at    timestamptz(3) not null,
  source      text not null,
  source_hash text not null,
  document    bytea not null,
  updated_at  timestamptz not null,
  archived_at timestamptz not null default now(),
  constraint imported_bill_history_pkey primary key (id, version)
);
revoke update, delete on imported_bill_history from billing_app;

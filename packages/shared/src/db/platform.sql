-- The tables that the platform keeps in every service's schema. Applied as migration 00000000000000_platform by the
-- schema's owner with search_path on the schema. A released version of this file never changes: see migrations.ts.

-- Events that a transaction has decided to send; a relay publishes them in the order of id and deletes them.
create table outbox (
  id                bigint generated always as identity primary key,
  lane              text not null default 'default',
  event_id          uuid not null unique,
  type              text not null,
  version           int not null check (version > 0),
  topic             text not null,
  key               text not null,
  aggregate_version bigint not null check (aggregate_version >= 0),
  envelope          jsonb not null,
  -- Sealed data of a protected event; data in the clear is in the envelope.
  payload           bytea,
  headers           jsonb not null default '{}',
  created_at        timestamptz not null default now()
);
create index outbox_lane on outbox (lane, id);

create function notify_outbox() returns trigger language plpgsql as $$
begin
  perform pg_notify(tg_table_schema || '_outbox', '');
  return null;
end
$$;
-- One notification a statement; Postgres folds those of one transaction into one.
create trigger outbox_notify after insert on outbox for each statement execute function notify_outbox();

-- Events that a consumer group has handled: the second delivery of one finds its row and does nothing.
create table inbox (
  consumer_group text not null,
  event_id       uuid not null,
  processed_at   timestamptz not null default now(),
  primary key (consumer_group, event_id)
);
create index inbox_processed_at on inbox (processed_at);

-- The newest version that a replica has taken: an older one does not overwrite it.
create table replica_version (
  consumer_group text not null,
  aggregate      text not null,
  key            text not null,
  version        bigint not null,
  primary key (consumer_group, aggregate, key)
);

-- Events that could not be handled, and those behind them with the same key.
create table parked_event (
  id             bigint generated always as identity primary key,
  consumer_group text not null,
  topic          text not null,
  key            text not null,
  event_id       uuid not null,
  -- The whole message: its envelope and headers, and beside it its sealed data.
  message        jsonb not null,
  payload        bytea,
  -- An error's code and our own words: never a value of the event.
  cause          text not null,
  attempts       int not null default 0 check (attempts >= 0),
  parked_at      timestamptz not null default now(),
  unique (consumer_group, event_id)
);
create index parked_event_key on parked_event (consumer_group, topic, key, id);

-- Sessions that were ended, and accounts whose tokens below a version no longer count.
create table access_void (
  kind        text not null check (kind in ('session', 'account')),
  id          uuid not null,
  min_version int,
  voided_at   timestamptz not null default now(),
  primary key (kind, id),
  check (kind = 'session' or min_version is not null)
);
create index access_void_voided_at on access_void (voided_at);

create table access_heartbeat (
  producer text primary key,
  beat_at  timestamptz not null,
  seen_at  timestamptz not null default now()
);

-- Who looked at or changed what, by which right, with what outcome. Rows are only ever added.
create table audit_entry (
  id         uuid primary key,
  at         timestamptz not null,
  request_id text not null,
  service    text not null,
  route      text not null,
  action     text not null,
  actor_id   uuid,
  session_id uuid,
  patient_id uuid,
  roles      text[] not null default '{}',
  relation   text,
  purpose    text not null,
  decision   text not null check (decision in ('allow', 'deny')),
  status     int not null,
  detail     jsonb
);
create index audit_entry_patient on audit_entry (patient_id, at desc, id desc) where patient_id is not null;
create index audit_entry_actor on audit_entry (actor_id, at desc, id desc) where actor_id is not null;
create index audit_entry_at on audit_entry (at desc, id desc);

-- What a repeated request finds: it runs, or it is done with this status and result. Never the body.
create table idempotency_key (
  actor_id   uuid not null,
  route      text not null,
  key        text not null check (length(key) between 1 and 255),
  body_hash  bytea not null,
  state      text not null default 'running' check (state in ('running', 'done')),
  status     int,
  result_id  text,
  created_at timestamptz not null default now(),
  primary key (actor_id, route, key),
  check (state = 'running' or status is not null)
);
create index idempotency_key_created_at on idempotency_key (created_at);

-- The app role has full rights on new tables by default privileges (roles.ts): here is what it may not do.
do $$
begin
  execute format('revoke update, delete, truncate on audit_entry from %I', current_schema() || '_app');
  execute format('revoke insert, update, delete, truncate on _prisma_migrations from %I', current_schema() || '_app');
end
$$;

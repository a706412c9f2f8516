-- Who waits for a time, and the times that were offered. An offer is a hold of the patient's.
create table wait_entry (
  id            uuid primary key,
  patient_id    uuid not null,
  visit_type_id uuid not null references visit_type (id),
  provider_id   uuid references provider (id),
  facility_id   uuid references facility_calendar (id),
  earliest      timestamptz not null,
  latest        timestamptz not null,
  status        text not null constraint wait_entry_status_check check (status in ('waiting', 'offered', 'booked', 'left')),
  version       int not null,
  created_at    timestamptz not null default clock_timestamp(),
  constraint wait_entry_check check (earliest < latest)
);
create index wait_entry_patient on wait_entry (patient_id);
create index wait_entry_status on wait_entry (status, created_at);

create table wait_offer (
  id         uuid primary key,
  entry_id   uuid not null references wait_entry (id),
  -- The hold, as long as it is kept.
  booking_id uuid not null,
  provider_id uuid not null,
  facility_id uuid not null,
  starts     timestamptz not null,
  status     text not null constraint wait_offer_status_check check (status in ('open', 'accepted', 'declined', 'expired')),
  expires_at timestamptz not null
);
create index wait_offer_entry on wait_offer (entry_id);
-- Nobody is offered two times at once.
create unique index wait_offer_open on wait_offer (entry_id) where status = 'open';

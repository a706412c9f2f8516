-- Reminders that were given, or passed over for a later one: of each time of each booking, each once.
create table reminder_fired (
  booking_id uuid not null references booking (id),
  starts     timestamptz not null,
  lead_hours int not null,
  fired_at   timestamptz not null default clock_timestamp(),
  primary key (booking_id, starts, lead_hours)
);
create index booking_starts on booking (starts);

-- Equality of ids inside a GiST index without btree_gist, which only an administrator may install: one id is a range.
create type uuid_range as range (subtype = uuid);

create table facility_calendar (
  id        uuid primary key,
  name      text not null,
  time_zone text not null
);

create table visit_type (
  id                     uuid primary key,
  name                   text not null,
  duration_minutes       int not null,
  step_minutes           int not null,
  buffer_before_minutes  int not null,
  buffer_after_minutes   int not null,
  needs_room             boolean not null,
  price_code             text not null,
  horizon_days           int not null,
  minimum_notice_minutes int not null,
  change_notice_minutes  int not null,
  self_bookable          boolean not null,
  active                 boolean not null,
  constraint visit_type_check check (
    duration_minutes > 0 and step_minutes > 0 and buffer_before_minutes >= 0 and buffer_after_minutes >= 0
    and horizon_days > 0 and minimum_notice_minutes >= 0 and change_notice_minutes >= 0)
);

create table provider (
  id     uuid primary key,
  name   text not null,
  active boolean not null
);

create table provider_visit_type (
  provider_id   uuid not null references provider (id),
  visit_type_id uuid not null references visit_type (id),
  primary key (provider_id, visit_type_id)
);
create index provider_visit_type_visit_type on provider_visit_type (visit_type_id);

create table room (
  id          uuid primary key,
  facility_id uuid not null references facility_calendar (id),
  name        text not null,
  active      boolean not null
);
create index room_facility on room (facility_id);

-- Weekly hours by the wall clock of the facility; weekday 1 is Monday, minutes from the midnight before.
create table availability (
  id          uuid primary key,
  provider_id uuid not null references provider (id),
  facility_id uuid not null references facility_calendar (id),
  weekday     int not null,
  from_minute int not null,
  to_minute   int not null,
  valid_from  date,
  valid_to    date,
  constraint availability_check check (
    weekday between 1 and 7 and from_minute >= 0 and from_minute < to_minute and to_minute <= 1440
    and valid_from <= valid_to)
);
create index availability_provider_facility on availability (provider_id, facility_id);

-- Holiday, leave, extra hours. Off with neither a provider nor a facility would close everything: not allowed.
create table availability_exception (
  id          uuid primary key,
  kind        text not null constraint availability_exception_kind_check check (kind in ('off', 'extra')),
  provider_id uuid references provider (id),
  facility_id uuid references facility_calendar (id),
  starts      timestamptz not null,
  ends        timestamptz not null,
  constraint availability_exception_check check (starts < ends),
  constraint availability_exception_about_check check (
    case kind when 'extra' then provider_id is not null and facility_id is not null
              else provider_id is not null or facility_id is not null end)
);
create index availability_exception_ends on availability_exception (ends);

-- Holds and appointments are one: what is held becomes what is booked, in its place. taken_* is the visit with buffers.
create table booking (
  id              uuid primary key,
  patient_id      uuid not null,
  provider_id     uuid not null references provider (id),
  facility_id     uuid not null references facility_calendar (id),
  visit_type_id   uuid not null references visit_type (id),
  room_id         uuid references room (id),
  status          text not null,
  starts          timestamptz not null,
  ends            timestamptz not null,
  taken_from      timestamptz not null,
  taken_to        timestamptz not null,
  hold_expires_at timestamptz,
  encounter_id    uuid unique,
  version         int not null,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  changed_by      uuid not null,
  -- Sealed: the reason for the visit, and why a rule was set aside.
  document        bytea not null,
  constraint booking_status_check check (
    status in ('held', 'booked', 'checked-in', 'arrived', 'in-progress', 'completed', 'cancelled', 'no-show', 'expired')),
  constraint booking_hold_check check ((status in ('held', 'expired')) = (hold_expires_at is not null)),
  constraint booking_encounter_check check ((status = 'completed') = (encounter_id is not null)),
  constraint booking_times_check check (taken_from <= starts and starts < ends and ends <= taken_to),
  constraint booking_version_check check (version > 0),
  constraint booking_provider_once exclude using gist (
    uuid_range(provider_id, provider_id, '[]') with &&, tstzrange(taken_from, taken_to) with &&)
    where (status not in ('cancelled', 'no-show', 'expired')),
  constraint booking_patient_once exclude using gist (
    uuid_range(patient_id, patient_id, '[]') with &&, tstzrange(starts, ends) with &&)
    where (status not in ('cancelled', 'no-show', 'expired')),
  constraint booking_room_once exclude using gist (
    uuid_range(room_id, room_id, '[]') with &&, tstzrange(taken_from, taken_to) with &&)
    where (room_id is not null and status not in ('cancelled', 'no-show', 'expired'))
);
create index booking_patient_starts on booking (patient_id, starts, id);
create index booking_provider_starts on booking (provider_id, starts);
create index booking_facility_starts on booking (facility_id, starts, id);
create index booking_held on booking (hold_expires_at) where status in ('held', 'expired');

-- The versions before the present one, of what was booked.
create table booking_history (
  booking_id      uuid not null references booking (id),
  version         int not null,
  provider_id     uuid not null,
  facility_id     uuid not null,
  room_id         uuid,
  status          text not null,
  starts          timestamptz not null,
  ends            timestamptz not null,
  updated_at      timestamptz not null,
  changed_by      uuid not null,
  archived_at     timestamptz not null default now(),
  document        bytea not null,
  primary key (booking_id, version)
);

-- History only grows; bookings stay, expired holds may go.
do $$
begin
  execute format('revoke update, delete, truncate on booking_history from %I', current_schema() || '_app');
end
$$;

create function refuse_delete_of_booked() returns trigger language plpgsql as $$
begin
  raise exception 'a booking is cancelled, never deleted' using errcode = 'integrity_constraint_violation';
end
$$;
create trigger booking_kept before delete on booking
  for each row when (old.status <> 'expired') execute function refuse_delete_of_booked();

-- The calendar is kept in memory by those who search it; whatever they ask about bookings also tells them which version of
-- the calendar holds. It rises in the transaction of a change, so nobody sees a version whose change they cannot see.
create table calendar_version (
  single  boolean primary key default true constraint calendar_version_single_check check (single),
  version bigint not null
);
insert into calendar_version values (true, 1);

create function raise_calendar_version() returns trigger language plpgsql as $$
begin
  execute format('update %I.calendar_version set version = version + 1', tg_table_schema);
  return null;
end
$$;

do $$
declare
  source text;
begin
  foreach source in array array['facility_calendar', 'visit_type', 'provider', 'provider_visit_type', 'availability',
                                'availability_exception'] loop
    execute format('create trigger calendar_changed after insert or update or delete or truncate on %I
                    for each statement execute function raise_calendar_version()', source);
  end loop;
end
$$;

-- What is taken of a provider, or of a room, never overlaps (booking_provider_once, booking_room_once). So one step back
-- in these indexes from the end of a wanted time finds what is in its way, if anything is.
create index booking_provider_taken on booking (provider_id, taken_from) include (taken_to, status, hold_expires_at, id)
  where status not in ('cancelled', 'no-show', 'expired');
create index booking_room_taken on booking (room_id, taken_from) include (taken_to, status, hold_expires_at, id)
  where room_id is not null and status not in ('cancelled', 'no-show', 'expired');
drop index booking_provider_starts;

-- Holds are few and short: those of a provider, a patient or a facility's rooms are found among them.
create index booking_held_provider on booking (provider_id) where status = 'held';
create index booking_held_patient on booking (patient_id) where status = 'held';
create index booking_held_facility on booking (facility_id) where status = 'held' and room_id is not null;

-- Hours and exceptions are read whole.
drop index availability_shift;
drop index availability_exception_provider;
drop index availability_exception_facility;
drop index availability_exception_extra;

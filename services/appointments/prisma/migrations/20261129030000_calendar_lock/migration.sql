-- Who takes a time shares this lock to the commit, and asks for the version under it. A change of the calendar has it alone:
-- it waits for what is being booked by the calendar before, and what begins after it is committed sees it.
create or replace function raise_calendar_version() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('wellgate/appointments/calendar', 0));
  execute format('update %I.calendar_version set version = version + 1', tg_table_schema);
  return null;
end
$$;

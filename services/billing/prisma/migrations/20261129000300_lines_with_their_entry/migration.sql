-- Lines come with their entry, in its transaction. Lines that came later would be booked in its day, be that closed.
create function refuse_later_line() returns trigger language plpgsql as $$
begin
  if exists (select from added join journal_entry e on e.id = added.entry_id where e.created_at <> now()) then
    raise exception 'a journal entry gets no lines later: correct it by its reversal'
      using errcode = 'check_violation', constraint = 'journal_line_with_entry';
  end if;
  return null;
end
$$;
create trigger journal_line_with_entry after insert on journal_line
  referencing new table as added for each statement execute function refuse_later_line();

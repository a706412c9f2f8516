-- Nobody is asked about two times at once, whatever they wait for; and a time is offered to the next only when it was taken
-- back from the one before.
alter table wait_offer add column patient_id uuid;
update wait_offer o set patient_id = e.patient_id from wait_entry e where e.id = o.entry_id;
alter table wait_offer alter column patient_id set not null;

-- Of several that are open until now, the first stays; who loses one waits on.
update wait_offer o set status = 'expired'
 where status = 'open' and exists (
   select from wait_offer other
    where other.status = 'open' and other.id < o.id
      and (other.patient_id = o.patient_id or (other.provider_id = o.provider_id and other.starts = o.starts)));
update wait_entry e set status = 'waiting', version = version + 1
 where status = 'offered' and not exists (select from wait_offer o where o.entry_id = e.id and o.status = 'open');

create unique index wait_offer_patient_open on wait_offer (patient_id) where status = 'open';
create unique index wait_offer_time_open on wait_offer (provider_id, starts) where status = 'open';
drop index wait_offer_open;

-- How much of a payment is not in its invoice, which has no room for it: it is owed to the payer.
alter table payment drop constraint payment_surplus_check;
alter table payment
  alter column surplus drop default,
  alter column surplus type bigint using case when surplus then amount - refunded else 0 end,
  alter column surplus set default 0,
  add constraint payment_surplus_check
    check (surplus >= 0 and surplus + refunded <= amount and (status = 'succeeded' or surplus = 0));

-- A refund may come back from the payer's bank after it succeeded; what moved money stays as it was else.
create function refuse_change_of_refund() returns trigger language plpgsql as $$
begin
  if (old.id, old.payment_id, old.patient_id, old.amount, old.currency, old.created_by, old.created_at)
     is distinct from
     (new.id, new.payment_id, new.patient_id, new.amount, new.currency, new.created_by, new.created_at)
     or (old.status = 'succeeded' and new.status not in ('succeeded', 'failed')) then
    raise exception 'what moved money stays as it was' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$$;
drop trigger refund_kept on refund;
create trigger refund_kept before update on refund for each row execute function refuse_change_of_refund();

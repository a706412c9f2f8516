-- What an account is of and whose it is says what its lines mean: it stays, as they do.
do $$
begin
  execute format('revoke update on account from %I', current_schema() || '_app');
end
$$;

-- What a payment pays does not change, and what the processor has confirmed of it neither.
create or replace function refuse_change_of_payment() returns trigger language plpgsql as $$
begin
  if (old.id, old.invoice_id, old.patient_id, old.amount, old.currency, old.created_by, old.created_at)
     is distinct from
     (new.id, new.invoice_id, new.patient_id, new.amount, new.currency, new.created_by, new.created_at)
     or (old.status = 'succeeded' and (old.status, old.intent_id, old.receipt_number, old.settled_at)
       is distinct from (new.status, new.intent_id, new.receipt_number, new.settled_at)) then
    raise exception 'what moved money stays as it was' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$$;

-- A row is committed before the processor is asked, so no money moves that we do not know of.
create table payment (
  id             uuid primary key,
  invoice_id     uuid not null references invoice (id),
  patient_id     uuid not null,
  amount         bigint not null,
  currency       text not null,
  status         text not null default 'created'
    constraint payment_status_check check (status in ('created', 'processing', 'succeeded', 'failed')),
  -- Given back, and being given back.
  refunded       bigint not null default 0,
  refunding      bigint not null default 0,
  -- Charged when the invoice had no room for it any more: it is owed to the payer, and not in the invoice.
  surplus        boolean not null default false,
  failure_code   text,
  -- The processor's name of it.
  intent_id      text constraint payment_intent_once unique,
  receipt_number bigint constraint payment_receipt_once unique,
  version        int not null default 1,
  created_by     uuid not null,
  created_at     timestamptz not null default clock_timestamp(),
  asked_at       timestamptz not null default clock_timestamp(),
  settled_at     timestamptz,
  -- Sealed: the processor's name of the payment method.
  method         bytea not null,
  constraint payment_amount_check check (amount > 0),
  constraint payment_receipt_check check ((status = 'succeeded') = (receipt_number is not null)),
  constraint payment_settled_check check ((status in ('succeeded', 'failed')) = (settled_at is not null)),
  constraint payment_failure_check check ((status = 'failed') = (failure_code is not null)),
  constraint payment_intent_check check (status not in ('processing', 'succeeded') or intent_id is not null),
  constraint payment_refund_check check (refunded >= 0 and refunding >= 0 and refunded + refunding <= amount),
  constraint payment_refunded_check check (status = 'succeeded' or refunded + refunding = 0),
  constraint payment_surplus_check check (status = 'succeeded' or not surplus)
);
create index payment_patient on payment (patient_id, id desc);
create index payment_invoice on payment (invoice_id);
create index payment_in_doubt on payment (asked_at) where status in ('created', 'processing');

create table refund (
  id           uuid primary key,
  payment_id   uuid not null references payment (id),
  patient_id   uuid not null,
  amount       bigint not null constraint refund_amount_check check (amount > 0),
  currency     text not null,
  status       text not null default 'created'
    constraint refund_status_check check (status in ('created', 'processing', 'succeeded', 'failed')),
  failure_code text,
  processor_id text constraint refund_processor_once unique,
  version      int not null default 1,
  created_by   uuid not null,
  created_at   timestamptz not null default clock_timestamp(),
  asked_at     timestamptz not null default clock_timestamp(),
  settled_at   timestamptz,
  -- Sealed: why staff gave it back.
  reason       bytea not null,
  constraint refund_settled_check check ((status in ('succeeded', 'failed')) = (settled_at is not null)),
  constraint refund_failure_check check ((status = 'failed') = (failure_code is not null)),
  constraint refund_processor_check check (status not in ('processing', 'succeeded') or processor_id is not null)
);
create index refund_payment on refund (payment_id);
create index refund_in_doubt on refund (asked_at) where status in ('created', 'processing');

-- What the processor has told, so that it is heard once.
create table processor_event (
  event_id text primary key,
  type     text not null,
  heard_at timestamptz not null default clock_timestamp()
);
create index processor_event_heard on processor_event (heard_at);

create function refuse_change_of_payment() returns trigger language plpgsql as $$
begin
  if (old.id, old.patient_id, old.amount, old.currency, old.created_by, old.created_at)
     is distinct from (new.id, new.patient_id, new.amount, new.currency, new.created_by, new.created_at)
     or (old.status = 'succeeded' and new.status <> 'succeeded') then
    raise exception 'what moved money stays as it was' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$$;
create trigger payment_kept before update on payment for each row execute function refuse_change_of_payment();
create trigger refund_kept before update on refund for each row execute function refuse_change_of_payment();

-- An entry about a payment or a refund is about one that there is.
alter table journal_entry
  add constraint journal_entry_payment foreign key (payment_id) references payment (id),
  add constraint journal_entry_refund foreign key (refund_id) references refund (id);

do $$
begin
  execute format('revoke delete, truncate on payment, refund from %I', current_schema() || '_app');
end
$$;

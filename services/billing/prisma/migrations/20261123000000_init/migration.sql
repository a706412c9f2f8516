-- Of patients: only that they exist.
create table patient (
  id uuid primary key
);

-- A replica of what appointments offers, for estimates.
create table visit_type (
  id               uuid primary key,
  name             text not null,
  price_code       text not null,
  duration_minutes int not null,
  active           boolean not null
);

-- Numbers without gaps: taken in the transaction that uses them, given back when it fails.
create table counter (
  name  text primary key,
  value bigint not null
);
insert into counter (name, value) values ('invoice', 0), ('receipt', 0);

create table account (
  id         uuid primary key,
  kind       text not null constraint account_kind_check check (kind in (
    'patient-receivable', 'insurer-receivable', 'revenue', 'cash', 'processor-clearing', 'adjustments', 'write-offs',
    'refunds-payable')),
  patient_id uuid,
  currency   text not null constraint account_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint account_patient_check check ((kind in ('patient-receivable', 'insurer-receivable')) = (patient_id is not null)),
  constraint account_once unique nulls not distinct (kind, patient_id, currency)
);
create index account_patient on account (patient_id);

create table journal_entry (
  id            uuid primary key,
  booked_on     date not null,
  kind          text not null constraint journal_entry_kind_check check (kind in (
    'charge', 'payment', 'insurer-payment', 'adjustment', 'write-off', 'refund', 'reversal')),
  patient_id    uuid not null,
  invoice_id    uuid,
  payment_id    uuid,
  refund_id     uuid,
  reverses      uuid constraint journal_entry_reversed_once unique references journal_entry (id),
  -- Sealed: why staff booked it.
  reason_sealed bytea,
  created_at    timestamptz not null default now(),
  constraint journal_entry_reverses_check check ((kind = 'reversal') = (reverses is not null)),
  constraint journal_entry_payment_check check (kind <> 'payment' or payment_id is not null),
  constraint journal_entry_refund_check check (kind <> 'refund' or refund_id is not null)
);
create unique index journal_entry_payment_once on journal_entry (payment_id) where kind = 'payment';
create unique index journal_entry_refund_once on journal_entry (refund_id) where kind = 'refund';
create unique index journal_entry_charge_once on journal_entry (invoice_id) where kind = 'charge';
create index journal_entry_booked_on on journal_entry (booked_on, id);
create index journal_entry_patient on journal_entry (patient_id, booked_on);

create table journal_line (
  entry_id   uuid not null references journal_entry (id),
  line       int not null,
  account_id uuid not null references account (id),
  -- Minor units; a debit is positive, a credit negative.
  amount     bigint not null constraint journal_line_amount_check check (amount <> 0),
  primary key (entry_id, line)
);
create index journal_line_account on journal_line (account_id, entry_id);

-- What the lines of an account sum to; kept by a trigger, so that a balance is one row however many lines there are.
create table account_balance (
  account_id uuid primary key references account (id),
  balance    bigint not null
);

-- This day and all before it are closed.
create table day_close (
  day       date primary key,
  closed_at timestamptz not null,
  closed_by uuid not null,
  entries   int not null,
  totals    jsonb not null
);

create function check_entry_balance() returns trigger language plpgsql as $$
declare
  entry uuid := case tg_table_name when 'journal_entry' then to_jsonb(new) ->> 'id' else to_jsonb(new) ->> 'entry_id' end;
begin
  if (select count(*) from journal_line where entry_id = entry) < 2 then
    raise exception 'a journal entry has two lines or more'
      using errcode = 'check_violation', constraint = 'journal_entry_two_lines';
  end if;
  if exists (
    select from journal_line l join account a on a.id = l.account_id
     where l.entry_id = entry group by a.currency having sum(l.amount) <> 0) then
    raise exception 'the lines of a journal entry sum to zero'
      using errcode = 'check_violation', constraint = 'journal_entry_balanced';
  end if;
  return null;
end
$$;
create constraint trigger journal_entry_balanced after insert on journal_entry deferrable initially deferred
  for each row execute function check_entry_balance();
create constraint trigger journal_line_balanced after insert on journal_line deferrable initially deferred
  for each row execute function check_entry_balance();

-- Runs as the owner: nobody else writes a balance. Accounts in one order, so that two entries do not wait in a ring.
create function keep_account_balance() returns trigger language plpgsql security definer set search_path from current as $$
begin
  insert into account_balance (account_id, balance)
  select account_id, sum(amount) from added group by account_id order by account_id
  on conflict (account_id) do update set balance = account_balance.balance + excluded.balance;
  return null;
end
$$;
create trigger journal_line_balance after insert on journal_line
  referencing new table as added for each statement execute function keep_account_balance();

-- Who books shares a lock; who closes a day has it alone, and so sees all that was booked before.
create function refuse_closed_day() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('wellgate/billing/day-close', 0));
  if exists (select from day_close where day >= new.booked_on) then
    raise exception 'the books of this day are closed' using errcode = 'check_violation', constraint = 'journal_entry_open_day';
  end if;
  return new;
end
$$;
create trigger journal_entry_open_day before insert on journal_entry
  for each row execute function refuse_closed_day();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger only grows: correct an entry by its reversal'
    using errcode = 'integrity_constraint_violation';
end
$$;
create trigger journal_entry_kept before update or delete or truncate on journal_entry
  for each statement execute function refuse_change();
create trigger journal_line_kept before update or delete or truncate on journal_line
  for each statement execute function refuse_change();
create trigger day_close_kept before update or delete or truncate on day_close
  for each statement execute function refuse_change();

create table price (
  code        text not null,
  valid_from  date not null,
  description text not null,
  amount      bigint not null constraint price_amount_check check (amount > 0),
  currency    text not null,
  primary key (code, valid_from)
);

create table coverage (
  patient_id uuid primary key,
  version    int not null constraint coverage_version_check check (version > 0),
  valid_from date not null,
  valid_to   date,
  changed_by uuid not null,
  updated_at timestamptz not null default now(),
  -- Sealed: who insures, the member id, and what the patient pays.
  document   bytea not null,
  constraint coverage_valid_check check (valid_from <= valid_to)
);
create table coverage_history (
  patient_id  uuid not null references coverage (patient_id),
  version     int not null,
  valid_from  date not null,
  valid_to    date,
  changed_by  uuid not null,
  updated_at  timestamptz not null,
  archived_at timestamptz not null default now(),
  document    bytea not null,
  primary key (patient_id, version)
);

create table invoice (
  id               uuid primary key,
  number           bigint not null constraint invoice_number_once unique,
  patient_id       uuid not null,
  appointment_id   uuid constraint invoice_appointment_once unique,
  issued_on        date not null,
  due_on           date not null,
  currency         text not null,
  total            bigint not null,
  patient_share    bigint not null,
  insurer_share    bigint not null,
  -- Of the patient's share: what payments in flight have reserved, what was paid, what was forgiven.
  reserved         bigint not null default 0,
  paid             bigint not null default 0,
  adjusted         bigint not null default 0,
  insurer_paid     bigint not null default 0,
  insurer_adjusted bigint not null default 0,
  voided           boolean not null default false,
  overdue_since    date,
  version          int not null default 1,
  created_at       timestamptz not null default now(),
  -- Sealed: the lines, what somebody was treated for.
  document         bytea not null,
  constraint invoice_shares_check check (
    total > 0 and patient_share >= 0 and insurer_share >= 0 and total = patient_share + insurer_share),
  constraint invoice_parts_check check (
    reserved >= 0 and paid >= 0 and adjusted >= 0 and insurer_paid >= 0 and insurer_adjusted >= 0),
  constraint invoice_not_overpaid check (reserved + paid + adjusted <= patient_share),
  constraint invoice_insurer_not_overpaid check (insurer_paid + insurer_adjusted <= insurer_share),
  constraint invoice_void_check check (
    not voided or (reserved = 0 and paid = 0 and adjusted = 0 and insurer_paid = 0 and insurer_adjusted = 0)),
  constraint invoice_days_check check (issued_on <= due_on)
);
create index invoice_patient on invoice (patient_id, number desc);
create index invoice_unsettled on invoice (due_on) where not voided and paid + adjusted < patient_share;

create function refuse_change_of_issued() returns trigger language plpgsql as $$
begin
  if (old.id, old.number, old.patient_id, old.appointment_id, old.issued_on, old.due_on, old.currency, old.total,
      old.patient_share, old.insurer_share, old.document)
     is distinct from
     (new.id, new.number, new.patient_id, new.appointment_id, new.issued_on, new.due_on, new.currency, new.total,
      new.patient_share, new.insurer_share, new.document)
     or (old.voided and not new.voided) then
    raise exception 'what an invoice says does not change' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$$;
create trigger invoice_kept before update on invoice for each row execute function refuse_change_of_issued();

create table charge (
  id             uuid primary key,
  patient_id     uuid not null,
  appointment_id uuid constraint charge_appointment_once unique,
  serviced_on    date not null,
  status         text not null constraint charge_status_check check (status in ('unpriced', 'invoiced', 'void')),
  -- While it waits for a price: a keyed hash of the code, so that the price finds it.
  code_index     text,
  amount         bigint,
  invoice_id     uuid references invoice (id),
  created_at     timestamptz not null default now(),
  -- Sealed: the code, what it means, how many.
  document       bytea not null,
  constraint charge_priced_check check (
    (status = 'unpriced') = (amount is null) and (amount is null) = (invoice_id is null)
    and (code_index is null) = (status <> 'unpriced') and amount > 0)
);
create index charge_patient on charge (patient_id, id);
create index charge_serviced on charge (serviced_on, id);
create index charge_unpriced on charge (code_index, id) where status = 'unpriced';
create index charge_invoice on charge (invoice_id);

create table payment_plan (
  id             uuid primary key,
  invoice_id     uuid not null constraint payment_plan_invoice_once unique references invoice (id),
  patient_id     uuid not null,
  total          bigint not null constraint payment_plan_total_check check (total > 0),
  -- What was paid and adjusted before the plan: it does not count as progress of it.
  settled_before bigint not null constraint payment_plan_settled_check check (settled_before >= 0),
  version        int not null default 1,
  created_at     timestamptz not null default now(),
  created_by     uuid not null
);
create index payment_plan_patient on payment_plan (patient_id, id);

create table plan_instalment (
  plan_id      uuid not null references payment_plan (id),
  number       int not null,
  due_on       date not null,
  amount       bigint not null constraint plan_instalment_amount_check check (amount > 0),
  -- Of this and those before it.
  cumulative   bigint not null,
  missed_since date,
  primary key (plan_id, number)
);
create index plan_instalment_due on plan_instalment (due_on) where missed_since is null;

create function check_plan_total() returns trigger language plpgsql as $$
begin
  if (select coalesce(sum(amount), 0) from plan_instalment where plan_id = new.id) <> new.total then
    raise exception 'instalments add up to what is planned'
      using errcode = 'check_violation', constraint = 'payment_plan_adds_up';
  end if;
  return null;
end
$$;
create constraint trigger payment_plan_adds_up after insert on payment_plan deferrable initially deferred
  for each row execute function check_plan_total();

do $$
declare
  app text := current_schema() || '_app';
begin
  execute format('revoke update, delete, truncate on journal_entry, journal_line, day_close, coverage_history from %I', app);
  execute format('revoke insert, update, delete, truncate on account_balance from %I', app);
  execute format('revoke delete, truncate on invoice, charge, account, payment_plan, plan_instalment, counter from %I', app);
end
$$;

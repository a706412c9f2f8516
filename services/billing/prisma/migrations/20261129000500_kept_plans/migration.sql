-- A plan stays as it was made: of it only its version moves, and of an instalment since when it is missed.
do $$
declare
  app text := current_schema() || '_app';
begin
  execute format('revoke update on payment_plan, plan_instalment from %I', app);
  execute format('grant update (version) on payment_plan to %I', app);
  execute format('grant update (missed_since) on plan_instalment to %I', app);
end
$$;

-- Whichever is written last: instalments add up to what is planned, and each says what it and those before it are.
create or replace function check_plan_total() returns trigger language plpgsql as $$
declare
  plan uuid := case tg_table_name when 'payment_plan' then to_jsonb(new) ->> 'id' else to_jsonb(new) ->> 'plan_id' end;
begin
  if (select coalesce(sum(amount), 0) from plan_instalment where plan_id = plan)
       <> (select total from payment_plan where id = plan)
     or exists (
       select from (select cumulative, sum(amount) over (order by number) as added
                      from plan_instalment where plan_id = plan) as i where cumulative <> added) then
    raise exception 'instalments add up to what is planned'
      using errcode = 'check_violation', constraint = 'payment_plan_adds_up';
  end if;
  return null;
end
$$;
create constraint trigger plan_instalment_adds_up after insert on plan_instalment deferrable initially deferred
  for each row execute function check_plan_total();

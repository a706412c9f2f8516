-- Log-ins that failed lately, by the e-mail that was tried, whether or not it has an account.
create table log_in_failure (
  email_index    text primary key check (email_index ~ '^[0-9a-f]{64}$'),
  failures       int not null check (failures > 0),
  last_failed_at timestamptz not null
);
create index log_in_failure_last_failed_at_idx on log_in_failure (last_failed_at);

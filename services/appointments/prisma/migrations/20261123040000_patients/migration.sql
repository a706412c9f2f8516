-- Patients that exist: nothing else of them is kept here.
create table patient (
  id       uuid primary key,
  known_at timestamptz not null default now()
);

-- What others keep of a visit type follows its versions.
alter table visit_type add column version int not null default 1;

-- Patients that exist: nothing else of them is kept here.
create table patient (
  id       uuid primary key,
  known_at timestamptz not null default now()
);

-- One entry of a chart. All lists have this shape; the others below are made like it.
create table condition (
  id              uuid primary key,
  patient_id      uuid not null references patient (id),
  -- Not a foreign key: an encounter may come in a later chunk, or be set aside.
  encounter_id    uuid,
  -- Clear only where it tells nothing of the patient (vital-signs, laboratory, ...).
  category        text[] not null,
  status          text,
  -- Sorts the list, to the millisecond; a partial date counts as its beginning, -infinity stands for none.
  clinical_time   timestamptz(3) not null,
  sensitivity     text not null default 'normal',
  -- 'local', or the slug of the system it was imported from.
  source          text not null,
  -- Keyed hash of the resource as received: equal means unchanged.
  source_hash     text,
  recorded_by     uuid,
  locally_changed boolean not null default false,
  -- Blind indexes of codes and other categories, the patient's own.
  code_index      text[] not null,
  version         int not null default 1 check (version > 0),
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  -- Sealed: the resource as received, performers, links.
  document        bytea not null,
  check (source = 'local' or source_hash is not null)
);
create index condition_newest on condition (patient_id, clinical_time desc, id desc);

-- The versions before the present one, moved as they were.
create table condition_history (
  id              uuid not null,
  version         int not null,
  patient_id      uuid not null,
  encounter_id    uuid,
  category        text[] not null,
  status          text,
  clinical_time   timestamptz(3) not null,
  sensitivity     text not null,
  source          text not null,
  source_hash     text,
  recorded_by     uuid,
  locally_changed boolean not null,
  code_index      text[] not null,
  document        bytea not null,
  updated_at      timestamptz not null,
  archived_at     timestamptz not null default now(),
  primary key (id, version)
);

create table allergy (
  like condition including defaults including constraints,
  primary key (id),
  foreign key (patient_id) references patient (id)
);
create index allergy_newest on allergy (patient_id, clinical_time desc, id desc);
create table allergy_history (like condition_history including all);

create table medication (
  like condition including defaults including constraints,
  primary key (id),
  foreign key (patient_id) references patient (id)
);
create index medication_newest on medication (patient_id, clinical_time desc, id desc);
create table medication_history (like condition_history including all);

create table immunization (
  like condition including defaults including constraints,
  primary key (id),
  foreign key (patient_id) references patient (id)
);
create index immunization_newest on immunization (patient_id, clinical_time desc, id desc);
create table immunization_history (like condition_history including all);

create table observation (
  like condition including defaults including constraints,
  primary key (id),
  foreign key (patient_id) references patient (id)
);
create index observation_newest on observation (patient_id, clinical_time desc, id desc);
create table observation_history (like condition_history including all);

create table encounter (
  like condition including defaults including constraints,
  primary key (id),
  foreign key (patient_id) references patient (id)
);
create index encounter_newest on encounter (patient_id, clinical_time desc, id desc);
create table encounter_history (like condition_history including all);

create table procedure (
  like condition including defaults including constraints,
  primary key (id),
  foreign key (patient_id) references patient (id)
);
create index procedure_newest on procedure (patient_id, clinical_time desc, id desc);
create table procedure_history (like condition_history including all);

create table report (
  like condition including defaults including constraints,
  primary key (id),
  foreign key (patient_id) references patient (id)
);
create index report_newest on report (patient_id, clinical_time desc, id desc);
create table report_history (like condition_history including all);

create table care_plan (
  like condition including defaults including constraints,
  primary key (id),
  foreign key (patient_id) references patient (id)
);
create index care_plan_newest on care_plan (patient_id, clinical_time desc, id desc);
create table care_plan_history (like condition_history including all);

create table goal (
  like condition including defaults including constraints,
  primary key (id),
  foreign key (patient_id) references patient (id)
);
create index goal_newest on goal (patient_id, clinical_time desc, id desc);
create table goal_history (like condition_history including all);

-- Nothing of a chart is deleted, and history only grows.
do $$
declare
  list text;
begin
  foreach list in array array['condition', 'allergy', 'medication', 'immunization', 'observation', 'encounter', 'procedure', 'report', 'care_plan', 'goal'] loop
    execute format('revoke update, delete, truncate on %I from %I', list || '_history', current_schema() || '_app');
    execute format('revoke delete, truncate on %I from %I', list, current_schema() || '_app');
  end loop;
end
$$;

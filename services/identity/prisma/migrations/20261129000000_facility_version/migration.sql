-- What others keep of a facility follows its versions.
alter table facility add column version int not null default 1;

-- A search for free times goes by the hours that a facility has on a weekday, whoever keeps them, and then by provider.
create index availability_shift on availability (facility_id, weekday, from_minute, to_minute, provider_id);
create index availability_exception_provider on availability_exception (provider_id, ends) where provider_id is not null;
create index availability_exception_facility on availability_exception (facility_id, ends) where provider_id is null;
create index availability_exception_extra on availability_exception using gist (tstzrange(starts, ends)) where kind = 'extra';

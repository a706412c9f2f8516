-- Billing answers for claims and explanations of benefit, as records does for clinical resources.
alter table import_chunk drop constraint import_chunk_service_check;
alter table import_chunk add constraint import_chunk_service_check
  check (service in ('patients', 'records', 'billing', 'interop'));

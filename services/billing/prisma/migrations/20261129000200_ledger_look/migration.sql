-- When balances were last held against their lines, and by how much they differed: one process an hour reads the ledger.
create table ledger_look (
  only_one  boolean primary key default true check (only_one),
  looked_at timestamptz,
  imbalance bigint not null default 0
);
insert into ledger_look default values;

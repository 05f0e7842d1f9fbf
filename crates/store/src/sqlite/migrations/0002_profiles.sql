-- What payers share, codes that are scanned, and attempts that a bank refused.

-- The payer towards the sales unit, where one shared something: what was shared is found again by it.
alter table payments add column payer_sub blob check (payer_sub is null or length(payer_sub) = 16);

create index payments_shared on payments (msn, payer_sub, authorized_at) where payer_sub is not null;

-- Whether it came about. Only an attempt to refund can fail and be logged.
alter table events add column success integer not null default 1
  check (success = 1 or (success = 0 and name = 'REFUNDED'));

-- The short names of payments in codes. They name no sales unit, so they are found by themselves.
create table short_links (
  id         blob  not null primary key check (length(id) = 16),
  msn        text  not null,
  reference  text  not null
) strict, without rowid;

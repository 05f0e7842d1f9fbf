-- The payer's side: the wallets of a sandbox's payers, and who is asked to pay which payment.
--
-- Of a payer nothing is stored before something about one is changed. A request is written with the payment it is about, never alone; what
-- became of it the payment says. Times are milliseconds since 1970-01-01T00:00:00Z.

create table payers (
  number   text    not null primary key,
  version  integer not null check (version >= 1),
  detail   text    not null
) strict, without rowid;

create table requests (
  msn         text    not null,
  reference   text    not null,
  -- Who is asked, and since when.
  payer       text,
  asked_at    integer,
  -- The payment's own, which never changes: what waits for a payer is found by it.
  expires_at  integer not null,
  -- When something happens to it though nobody acts.
  next_at     integer,
  version     integer not null check (version >= 1),
  detail      text    not null,
  primary key (msn, reference),
  foreign key (msn, reference) references payments (msn, reference),
  check ((payer is null) = (asked_at is null))
) strict, without rowid;

create index requests_waiting on requests (payer, expires_at) where payer is not null;
create index requests_of_payer on requests (payer, asked_at) where payer is not null;
create index requests_next on requests (msn, next_at) where next_at is not null;

-- The payer's side: the wallets of a sandbox's payers, and who is asked to pay which payment.
--
-- Of a payer nothing is stored before something about one is changed; a distributed database keeps a copy of payers everywhere. A request is
-- written with the payment it is about, never alone; what became of it the payment says. What waits for a payer is found across sales
-- units, by payers alone and never by a payment. Times are milliseconds since 1970-01-01T00:00:00Z.

create table payers (
  number   text    collate "C" not null primary key,
  version  bigint  not null check (version >= 1),
  detail   text    not null
);

create table requests (
  msn         text    collate "C" not null,
  reference   text    collate "C" not null,
  -- Who is asked, and since when.
  payer       text    collate "C",
  asked_at    bigint,
  -- The payment's own, which never changes: what waits for a payer is found by it.
  expires_at  bigint  not null,
  -- When something happens to it though nobody acts.
  next_at     bigint,
  version     bigint  not null check (version >= 1),
  detail      text    not null,
  primary key (msn, reference),
  foreign key (msn, reference) references payments (msn, reference),
  check ((payer is null) = (asked_at is null))
);

create index requests_waiting on requests (payer, expires_at) where payer is not null;
create index requests_of_payer on requests (payer, asked_at) where payer is not null;
create index requests_next on requests (msn, next_at) where next_at is not null;

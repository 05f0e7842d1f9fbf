-- The foundation: who may call, payments with their logs, and the answers kept under idempotency keys.
--
-- Every key leads with the sales unit's number (msn). A rowid beneath keeps rows in order of arrival, so that only the unique keys
-- are written at random places. Checks repeat the rules of money: a defect of the program must not become a defect of the data.
-- Times are milliseconds since 1970-01-01T00:00:00Z, sums are minor units.

create table instance (
  one         integer primary key check (one = 1),
  id          blob    not null check (length(id) = 16),
  mode        text    not null check (mode in ('sandbox', 'production')),
  created_at  integer not null
) strict;

create table sales_units (
  msn                      text    not null primary key check (length(msn) between 4 and 10 and msn not glob '*[^0-9]*'),
  name                     text    not null,
  market                   text    not null check (market in ('NO', 'DK', 'FI')),
  space                    text    not null,
  -- The names of the flags that are on.
  flags                    text    not null,
  created_at               integer not null
) strict, without rowid;

create table key_sets (
  msn                text    not null references sales_units (msn),
  id                 blob    not null check (length(id) = 16),
  client_id          text    not null unique,
  client_secret      blob    not null check (length(client_secret) = 32),
  primary_key        blob    not null unique check (length(primary_key) = 32),
  secondary_key      blob    not null unique check (length(secondary_key) = 32),
  created_at         integer not null,
  primary key (msn, id)
) strict, without rowid;

create table payments (
  payment        integer primary key,
  msn            text    not null references sales_units (msn),
  reference      text    not null check (length(reference) between 8 and 64),
  psp_reference  blob    not null check (length(psp_reference) = 16),
  currency       text    not null check (currency in ('NOK', 'DKK', 'EUR', 'SEK', 'USD', 'GBP')),
  amount         integer not null check (amount between 0 and 65000000),
  state          text    not null check (state in ('CREATED', 'ABORTED', 'EXPIRED', 'TERMINATED', 'AUTHORIZED')),
  authorized     integer not null check (authorized >= 0),
  captured       integer not null check (captured >= 0),
  refunded       integer not null check (refunded >= 0),
  cancelled      integer not null check (cancelled >= 0),
  terms          text    not null,
  authorization  text,
  authorized_at  integer,
  created_at     integer not null,
  expires_at     integer not null check (expires_at > created_at),
  -- When it next changes though nobody acts.
  due_at         integer,
  last_sequence  integer not null check (last_sequence >= 1),
  last_event_at  integer not null check (last_event_at >= created_at),
  -- Found to contradict itself: may be read, never changed.
  quarantined    integer not null default 0 check (quarantined in (0, 1)),
  unique (msn, reference),
  check (refunded <= captured),
  check (captured + cancelled <= authorized or (state = 'TERMINATED' and cancelled = amount)),
  check ((state = 'AUTHORIZED') = (authorization is not null and authorized_at is not null)),
  check (state in ('AUTHORIZED', 'TERMINATED') or (authorized = 0 and cancelled = 0)),
  check (state = 'AUTHORIZED' or (authorized = 0 and captured = 0))
) strict;

create index payments_due on payments (msn, due_at) where due_at is not null;

create table events (
  msn              text    not null,
  payment          integer not null references payments (payment),
  sequence         integer not null check (sequence >= 1),
  name             text    not null check (name in
    ('CREATED', 'AUTHORIZED', 'CAPTURED', 'REFUNDED', 'CANCELLED', 'ABORTED', 'EXPIRED', 'TERMINATED')),
  currency         text    not null,
  amount           integer not null check (amount >= 0),
  at               integer not null,
  psp_reference    blob    not null check (length(psp_reference) = 16),
  idempotency_key  text,
  detail           text    check ((name = 'AUTHORIZED') = (detail is not null)),
  primary key (msn, payment, sequence)
) strict, without rowid;

create table kept_answers (
  answer           integer primary key,
  msn              text    not null,
  operation        text    not null check (operation in ('create', 'capture', 'refund', 'cancel')),
  -- Empty where the key is bound to the sales unit alone.
  reference        text    not null check ((operation = 'create') = (reference = '')),
  idempotency_key  text    not null check (length(idempotency_key) between 1 and 50),
  fingerprint      blob    not null check (length(fingerprint) = 32),
  status           integer not null check (status between 200 and 299),
  body             blob    not null,
  created_at       integer not null,
  unique (msn, operation, reference, idempotency_key)
) strict;

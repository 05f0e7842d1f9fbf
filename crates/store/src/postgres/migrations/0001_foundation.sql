-- The foundation: the installation, who may call, payments with their logs, and the answers kept under idempotency keys.
--
-- Every key of what grows leads with the sales unit's number (msn), and no two tables of it refer to each other by anything else, so that a
-- distributed database can place the rows of a sales unit together. Who may call is small, seldom written and read whole; a distributed
-- database keeps a copy of it everywhere. Checks repeat the rules of money: a defect of the program must not become a defect of the data.
-- Times are milliseconds since 1970-01-01T00:00:00Z, sums are minor units. Texts are compared byte by byte.

create table instance (
  one                integer not null primary key check (one = 1),
  id                 bytea   not null check (length(id) = 16),
  mode               text    not null check (mode in ('sandbox', 'production')),
  created_at         bigint  not null,
  -- Raised with every change of who may call, so that every node sees that there was one.
  directory_version  bigint  not null default 0,
  -- The installation's own keys, sealed by the master key; raised with every change of them.
  sealed_keys        bytea   not null,
  keys_version       bigint  not null default 0,
  -- The master key itself: of a sandbox that was not given one. Production is never without.
  master_key         bytea   check (length(master_key) = 32),
  check (mode = 'sandbox' or master_key is null)
);

create table sales_units (
  msn         text   collate "C" not null primary key check (msn ~ '^[0-9]{4,10}$'),
  name        text   not null,
  market      text   not null check (market in ('NO', 'DK', 'FI')),
  space       text   not null,
  -- The names of the flags that are on.
  flags       text   not null,
  created_at  bigint not null
);

create table partners (
  partner     text   collate "C" not null primary key check (length(partner) = 14 and partner ~ '^partner-[0-9]*$'),
  name        text   not null,
  created_at  bigint not null
);

create table partner_connections (
  msn           text   collate "C" not null primary key references sales_units (msn),
  partner       text   collate "C" not null references partners (partner),
  connected_at  bigint not null
);

create table key_sets (
  id             bytea  not null primary key check (length(id) = 16),
  msn            text   collate "C" references sales_units (msn),
  partner        text   collate "C" references partners (partner),
  client_id      text   collate "C" not null unique,
  generation     bigint not null check (generation between 0 and 4294967295),
  client_secret  bytea  check (length(client_secret) = 32),
  primary_key    bytea  unique check (length(primary_key) = 32),
  secondary_key  bytea  unique check (length(secondary_key) = 32),
  created_at     bigint not null,
  check ((msn is null) <> (partner is null))
);

create table payments (
  msn            text    collate "C" not null references sales_units (msn),
  reference      text    collate "C" not null check (length(reference) between 8 and 64),
  psp_reference  bytea   not null check (length(psp_reference) = 16),
  currency       text    not null check (currency in ('NOK', 'DKK', 'EUR', 'SEK', 'USD', 'GBP')),
  amount         bigint  not null check (amount between 0 and 65000000),
  state          text    not null check (state in ('CREATED', 'ABORTED', 'EXPIRED', 'TERMINATED', 'AUTHORIZED')),
  authorized     bigint  not null check (authorized >= 0),
  captured       bigint  not null check (captured >= 0),
  refunded       bigint  not null check (refunded >= 0),
  cancelled      bigint  not null check (cancelled >= 0),
  terms          text    not null,
  "authorization"  text,
  authorized_at  bigint,
  -- The payer towards the sales unit, where one shared something.
  payer_sub      bytea   check (length(payer_sub) = 16),
  created_at     bigint  not null,
  expires_at     bigint  not null check (expires_at > created_at),
  -- When it next changes though nobody acts.
  due_at         bigint,
  last_sequence  bigint  not null check (last_sequence between 1 and 4294967295),
  last_event_at  bigint  not null check (last_event_at >= created_at),
  -- Found to contradict itself: may be read, never changed.
  quarantined    boolean not null default false,
  primary key (msn, reference),
  check (refunded <= captured),
  check (captured + cancelled <= authorized or (state = 'TERMINATED' and cancelled = amount)),
  check ((state = 'AUTHORIZED') = ("authorization" is not null and authorized_at is not null)),
  check (state in ('AUTHORIZED', 'TERMINATED') or (authorized = 0 and cancelled = 0)),
  check (state = 'AUTHORIZED' or (authorized = 0 and captured = 0))
);

create index payments_due on payments (msn, due_at) where due_at is not null;
create index payments_shared on payments (msn, payer_sub, authorized_at) where payer_sub is not null;

create table events (
  msn              text    collate "C" not null,
  reference        text    collate "C" not null,
  sequence         bigint  not null check (sequence between 1 and 4294967295),
  name             text    not null check (name in
    ('CREATED', 'AUTHORIZED', 'CAPTURED', 'REFUNDED', 'CANCELLED', 'ABORTED', 'EXPIRED', 'TERMINATED')),
  currency         text    not null,
  amount           bigint  not null check (amount >= 0),
  at               bigint  not null,
  psp_reference    bytea   not null check (length(psp_reference) = 16),
  idempotency_key  text    collate "C",
  detail           text    check ((name = 'AUTHORIZED') = (detail is not null)),
  -- Whether it came about. Only an attempt to refund can fail and be logged.
  success          boolean not null check (success or name = 'REFUNDED'),
  primary key (msn, reference, sequence),
  foreign key (msn, reference) references payments (msn, reference)
);

create table kept_answers (
  msn              text    collate "C" not null,
  operation        text    collate "C" not null check (operation in ('create', 'capture', 'refund', 'cancel')),
  -- Empty where the key is bound to the sales unit alone.
  reference        text    collate "C" not null check ((operation = 'create') = (reference = '')),
  idempotency_key  text    collate "C" not null check (length(idempotency_key) between 1 and 50),
  fingerprint      bytea   not null check (length(fingerprint) = 32),
  status           integer not null check (status between 200 and 299),
  body             bytea   not null,
  created_at       bigint  not null,
  primary key (msn, operation, reference, idempotency_key)
);

-- The short names of payments in codes that are scanned.
create table short_links (
  msn        text  collate "C" not null,
  id         bytea not null check (length(id) = 16),
  reference  text  collate "C" not null,
  primary key (msn, id)
);
